"""`build.py doctor`: what an environment needs of an account, and whether it has it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from private_fargate.config.derived import namespace, zone_count
from private_fargate.config.endpoints import endpoint_plan
from private_fargate.config.models import RepositoryImage
from private_fargate.config.references import ecr_image, stored_secret
from private_fargate.deploy.doctor.examining import examine, identify, standing_of
from private_fargate.deploy.doctor.model import Case, NeededImage, NeededSecret, Needs
from private_fargate.mirroring import ARCHITECTURES, known_digests
from private_fargate.plan.trees import template_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.config.models import Environment, Service
    from private_fargate.deploy.session import Session
    from private_fargate.live.checkup import Checkup
    from private_fargate.plan.trees import StackTemplate

_ADDRESS = "AWS::EC2::EIP"


def diagnose(
    environment: Environment,
    session: Session,
    report: Callable[[str], None],
    *,
    stack: str | None = None,
    images: bool = False,
) -> Checkup:
    """Return what keeps an environment from being deployed, or will surprise somebody.

    Args:
        environment: the settings.
        session: where.
        report: is told what is being done.
        stack: its name, if not the environment's.
        images: whether to look at images in other registries than ECR.

    Raises:
        AccessError: AWS cannot be reached, or does not know the caller.
    """
    report("asking who calls")
    account, caller = identify(session)
    report("reading what stands")
    standing = standing_of(session, stack or environment.name)
    parameters = standing.state.parameters if standing.state else dict[str, str]()
    needs = needs_of(environment, session.region, parameters, images=images)
    return examine(
        Case(session=session, account=account, caller=caller, needs=needs, standing=standing), report
    )


def needs_of(
    environment: Environment, region: str, parameters: Mapping[str, str], *, images: bool = False
) -> Needs:
    """Return what an environment needs.

    Args:
        environment: the settings.
        region: where it will be.
        parameters: of the stack that stands, which knows the digests of its images.
        images: whether to look at images in other registries than ECR.
    """
    from stacks import parent  # noqa: PLC0415 -- troposphere

    resources = Counter(_types(template_of(parent.render(environment), parameters)))
    digests = known_digests(environment, parameters)
    zones = environment.network.zones
    regional = zone_count(environment) if environment.network.egress == "nat-regional" else 0
    services, plan = environment.services, endpoint_plan(environment)
    return Needs(
        environment=environment.name,
        cidr=environment.network.cidr,
        namespace=namespace(environment),
        zone_count=zone_count(environment),
        zones=() if isinstance(zones, int) else zones,
        endpoints=tuple(planned.service.service_name(region) for planned in plan),
        interfaces=sum(planned.service.type == "Interface" for planned in plan),
        resources=resources,
        addresses=resources[_ADDRESS] + regional,
        vcpus=sum(service.cpu * service.count for service in services.values()) / 1024,
        images=tuple(
            _image(environment, name, service, digests.get(name, "")) for name, service in services.items()
        ),
        secrets=tuple(each for name, service in services.items() for each in _secrets(name, service)),
        from_registries=images,
    )


def _types(tree: StackTemplate) -> Iterator[str]:
    for resource in tree.resources.values():
        yield resource["Type"]
    for child in tree.children.values():
        yield from _types(child)


def _image(environment: Environment, name: str, service: Service, digest: str) -> NeededImage:
    image, architecture = service.image, ARCHITECTURES[service.platform]
    if isinstance(image, RepositoryImage):
        return NeededImage(
            service=name,
            architecture=architecture,
            repository=f"{environment.name}/{image.repository}",
            reference=digest or image.digest or "",
            origin=image.mirror or "",
        )
    stored = ecr_image(image)
    if stored is None:
        return NeededImage(service=name, architecture=architecture, origin=image)
    _, _, after = image.partition("/")
    path, at, pinned = after.partition("@")
    return NeededImage(
        service=name,
        architecture=architecture,
        repository=stored.repository,
        account=stored.account,
        region=stored.region,
        reference=pinned if at else path.partition(":")[2] or "latest",
    )


def _secrets(name: str, service: Service) -> Iterator[NeededSecret]:
    for variable, setting in service.secrets.items():
        if isinstance(setting, str):
            yield NeededSecret(
                service=name, variable=variable, store=stored_secret(setting).store, name=setting
            )
            continue
        text = setting.secretsmanager
        parts = text.split(":")
        own = 7 if text.startswith("arn:") else 1  # an ARN has six colons of its own
        key, stage, version = (*parts[own:], "", "", "")[:3]
        yield NeededSecret(
            service=name,
            variable=variable,
            store="secretsmanager",
            name=":".join(parts[:own]),
            key=key,
            stage=stage or "AWSCURRENT",
            version=version,
        )
