"""The wiring diagram: which stacks there are, and what each takes from the others.

Nothing waits longer than it must.  The foundation needs no network; NAT gateways, flow logs and the
jump host are waited for by nobody who can do without; and a service starts when its network, its
endpoints, its name and its repository are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Equals, FindInMap, If, Not, Region

from private_fargate.aws.images import AL2023_PARAMETERS
from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.config.derived import namespace, repositories
from private_fargate.config.models import Environment, JumpHost, RepositoryImage
from private_fargate.kit import kinds
from private_fargate.kit.launch_form import LaunchForm, ServiceChoice
from private_fargate.kit.naming import logical_id
from private_fargate.kit.scope import Library, Scope
from stacks import (
    discovery,
    egress,
    endpoints,
    flow_logs,
    foundation,
    jump_host,
    network,
    repository,
    service,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HTTP = 80


@dataclass(frozen=True, kw_only=True)
class System:
    """The outputs of the stacks that every service takes something from."""

    network: network.Outputs
    foundation: foundation.Outputs
    discovery: discovery.Outputs
    endpoints: endpoints.Outputs
    egress: egress.Outputs | None
    repositories: Mapping[str, repository.Outputs]


def render(environment: Environment) -> dict[str, bytes]:
    """Return the templates of an environment by file name; `parent.json` nests the others."""
    library = Library(tags={"Environment": environment.name, **environment.tags})
    scope = Scope(f"{environment.name}: Fargate services in private subnets", library)
    build(scope, environment)
    scope.finish_form()
    library.add("parent.json", scope)
    return library.templates


def build(scope: Scope, environment: Environment) -> None:
    """Private Fargate: a network, doors to the AWS APIs it needs, and services found by name."""
    base = scope.nest("Foundation", foundation.build, foundation.Config.of(environment), foundation.Inputs())
    net = scope.nest("Network", network.build, network.Config.of(environment), network.Inputs())
    names = scope.nest(
        "Discovery",
        discovery.build,
        discovery.Config.of(environment),
        discovery.Inputs(vpc_id=net.vpc_id),
    )
    doors = scope.nest(
        "Endpoints",
        endpoints.build,
        endpoints.Config.of(environment),
        endpoints.Inputs(
            vpc_id=net.vpc_id,
            private_subnet_ids=net.private_subnet_ids,
            private_route_table_ids=net.private_route_table_ids,
            s3_prefix_list_id=_s3_prefix_list(scope),
        ),
    )
    system = System(
        network=net,
        foundation=base,
        discovery=names,
        endpoints=doors,
        egress=_nest_egress(scope, environment, net),
        repositories=_nest_repositories(scope, environment, base),
    )
    _nest_flow_logs(scope, environment, system)
    _nest_services(scope, environment, system)
    _nest_jump_host(scope, environment, system)
    _describe(scope, environment, system)


def _s3_prefix_list(scope: Scope) -> kinds.S3PrefixListId:
    given = scope.ask("Network", "S3PrefixListId", "Prefix list of S3", kinds.S3PrefixListId, Default="")
    known = {region: {"Id": prefix_list} for region, prefix_list in S3_PREFIX_LISTS.items()}
    scope.template.add_mapping("S3PrefixLists", known)
    scope.template.add_condition("S3PrefixListIsGiven", Not(Equals(given, "")))
    found = If("S3PrefixListIsGiven", given, FindInMap("S3PrefixLists", Region, "Id"))
    return kinds.S3PrefixListId.given(found)


def _nest_egress(scope: Scope, environment: Environment, net: network.Outputs) -> egress.Outputs | None:
    config = egress.Config.of(environment)
    if config is None:
        return None
    return scope.nest(
        "Egress",
        egress.build,
        config,
        egress.Inputs(
            vpc_id=net.vpc_id if config.mode == "nat-regional" else None,
            private_route_table_ids=net.private_route_table_ids,
            public_subnet_ids=None if config.mode == "nat-regional" else net.public_subnet_ids,
        ),
    )


def _nest_repositories(
    scope: Scope, environment: Environment, base: foundation.Outputs
) -> dict[str, repository.Outputs]:
    config = repository.Config.of(environment)
    return {
        name: scope.nest(
            f"Repository{logical_id(name)}",
            repository.build,
            config,
            repository.Inputs(
                repository_name=kinds.RepositoryName.given(f"{environment.name}/{name}"),
                key_arn=base.key_arn,
            ),
        )
        for name in repositories(environment)
    }


def _nest_flow_logs(scope: Scope, environment: Environment, system: System) -> None:
    config = flow_logs.Config.of(environment)
    if config is not None:
        inputs = flow_logs.Inputs(vpc_id=system.network.vpc_id, key_arn=system.foundation.key_arn)
        scope.nest("FlowLogs", flow_logs.build, config, inputs)


def _nest_services(scope: Scope, environment: Environment, system: System) -> None:
    form = LaunchForm(scope, {name: _choice(environment, name) for name in environment.services})
    for name in environment.services:
        config = service.Config.of(environment, name)
        inputs = _service_inputs(environment, name, config, system, form)
        # Only who calls out to the internet waits for the way there.
        after = [system.egress] if config.internet and system.egress else []
        scope.nest(logical_id(name), service.build, config, inputs, after=after)


def _choice(environment: Environment, name: str) -> ServiceChoice:
    settings = environment.services[name]
    image = settings.image
    digest = (image.digest or "") if isinstance(image, RepositoryImage) else None
    return ServiceChoice(count=settings.count, digest=digest)


def _service_inputs(
    environment: Environment, name: str, config: service.Config, system: System, form: LaunchForm
) -> service.Inputs:
    image = environment.services[name].image
    ours = system.repositories[image.repository] if isinstance(image, RepositoryImage) else None
    base = system.foundation
    return service.Inputs(
        vpc_id=system.network.vpc_id,
        vpc_cidr=system.network.vpc_cidr,
        private_subnet_ids=system.network.private_subnet_ids,
        client_security_group_id=system.endpoints.client_security_group_id,
        namespace_id=system.discovery.namespace_id,
        cluster_name=base.cluster_name,
        key_arn=base.key_arn,
        exec_log_group_arn=base.exec_log_group_arn if config.exec else None,
        repository_uri=ours.repository_uri if ours else None,
        repository_arn=ours.repository_arn if ours else None,
        image_digest=form.digest(name) if ours else None,
        task_count=form.count(name),
        **service.chosen(environment, name),
    )


def _nest_jump_host(scope: Scope, environment: Environment, system: System) -> None:
    settings = environment.jump_host
    if not isinstance(settings, JumpHost):
        return
    config = jump_host.Config.of(environment, settings)
    net, public = system.network, settings.placement == "public"
    image = scope.ask(
        "Jump host",
        "JumpHostImageId",
        "Amazon Linux 2023",
        kinds.InstanceImageParameter,
        Default=AL2023_PARAMETERS[config.architecture],
    )
    host = scope.nest(
        "JumpHost",
        jump_host.build,
        config,
        jump_host.Inputs(
            vpc_id=net.vpc_id,
            vpc_cidr=net.vpc_cidr,
            private_subnet_ids=None if public else net.private_subnet_ids,
            public_subnet_ids=net.public_subnet_ids if public else None,
            client_security_group_id=system.endpoints.client_security_group_id,
            instance_image_id=kinds.InstanceImageId.given(image.data),
        ),
    )
    scope.output("JumpHostId", host.instance_id, "aws ssm start-session --target takes it")


def _describe(scope: Scope, environment: Environment, system: System) -> None:
    """Say what operators need: where things are, and how to try them."""
    net = system.network
    scope.output("VpcId", net.vpc_id)
    scope.output("PrivateSubnetIds", net.private_subnet_ids)
    if net.public_subnet_ids is not None:
        scope.output("PublicSubnetIds", net.public_subnet_ids)
    if system.egress is not None and system.egress.nat_addresses is not None:
        scope.output("NatAddresses", system.egress.nat_addresses)
    scope.output("ClusterName", system.foundation.cluster_name)
    scope.output("NamespaceId", system.discovery.namespace_id)
    _describe_services(scope, environment, system)


def _describe_services(scope: Scope, environment: Environment, system: System) -> None:
    domain = namespace(environment)
    for name, found in system.repositories.items():
        scope.output(f"{logical_id(name)}RepositoryUri", found.repository_uri)
    for name, settings in environment.services.items():
        port = "" if settings.port == HTTP else f":{settings.port}"
        url = f"curl http://{name}.{domain}{port}"
        scope.output(f"{logical_id(name)}TestUrl", url, f"Try {name} from the jump host")
