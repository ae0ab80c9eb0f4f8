"""Rules about what else of AWS is in the network: caches, GuardDuty, encryption, Express Mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.facts import internet_attachments, is_word, lacks_endpoint
from private_fargate.verify.rules.paths import listed, plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.images import is_cached
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

_ENCRYPTION: Final = "vpc/latest/userguide/vpc-encryption-controls.html"
_AGENT: Final = "guardduty-data"


def _isolated(model: Model, task: Workload) -> list[Value]:
    """Give the subnets of a task from which it certainly does not get to the internet."""

    def gets_out(subnet: Value) -> Truth:
        resource = model.system.find(subnet, "EC2::Subnet")
        return model.routes.internet(subnet, task.has_public_address(resource)).holds

    return [subnet for subnet in task.subnets.values if gets_out(subnet) is False]


@rule(
    "NET-037",
    "warning",
    "An image behind a pull-through cache is pulled where the internet is",
    symptom="CannotPullContainerError: … not found: the first pull of a tag, through an endpoint of the VPC",
    fix="Pull each tag once from elsewhere, copy the image into a repository of ECR, or add a NAT gateway.",
    source="AmazonECR/latest/userguide/vpc-endpoints.html, considerations",
)
def caches_are_filled_over_the_internet(model: Model) -> Iterator[Fault]:
    """ECR fetches a tag the first time that it is asked for, and through an endpoint it does not."""
    rules = list(model.system.of("ECR::PullThroughCacheRule"))
    for task in model.tasks:
        if not rules or task.definition is None or not _isolated(model, task):
            continue
        for container in task.containers:
            if any(is_cached(container.image, rule.get("EcrRepositoryPrefix")) for rule in rules):
                message = (
                    f"{container.image.repository} is behind a pull-through cache, and {task.name} has no way"
                    " to the internet"
                )
                at = ("ContainerDefinitions", container.index, "Image")
                yield Fault(task.definition, message, at=at, breaks=(f"{task.name} -> first pull of a tag",))


@rule(
    "NET-050",
    "warning",
    "Where GuardDuty watches tasks, the stack owns the endpoint of its agent",
    symptom="vpc-… has dependencies and cannot be deleted: an endpoint and GuardDutyManagedSecurityGroup-…",
    fix="Add an interface endpoint to guardduty-data, or tag the cluster with GuardDutyManaged: false.",
    source="guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html",
)
def the_agent_of_guardduty_has_an_endpoint(model: Model) -> Iterator[Fault]:
    """GuardDuty makes the endpoint that is missing, and no stack knows of it or deletes it."""
    detectors = [d for d in model.system.of("GuardDuty::Detector") if _watches_fargate(d)]
    watched = [task for task in model.tasks if not _is_excluded(model, task)]
    for detector in detectors[:1]:
        names = [
            task.name
            for task in watched
            if any(lacks_endpoint(model, model.routes.vpc_of(s), _AGENT) for s in _isolated(model, task))
        ]
        if names:
            message = (
                f"GuardDuty puts its agent into {listed(names)}, and no endpoint of the templates leads to"
                f" {_AGENT}"
            )
            breaks = tuple(f"{name} -> {_AGENT}" for name in names)
            yield Fault(detector, message, at=("Features",), breaks=breaks)


def _watches_fargate(detector: Resource) -> bool:
    """Say whether a detector certainly puts agents into tasks on Fargate."""
    if detector.flag("Enable", default=True) is not True:
        return False
    for feature in detector.items("Features").values:
        if not isinstance(feature, dict) or as_text(feature.get("Name")) != "RUNTIME_MONITORING":
            continue
        more = feature.get("AdditionalConfiguration")
        agents = [item for item in more if isinstance(item, dict)] if isinstance(more, list) else []
        if is_word(feature.get("Status"), "enabled") and any(
            as_text(item.get("Name")) == "ECS_FARGATE_AGENT_MANAGEMENT"
            and is_word(item.get("Status"), "enabled")
            for item in agents
        ):
            return True
    return False


def _is_excluded(model: Model, task: Workload) -> bool:
    """Say whether a task's cluster may be left out by its tags."""
    cluster = model.system.find(task.cluster, "ECS::Cluster")
    if cluster is None:
        return True
    tags = cluster.items("Tags")
    told = any(isinstance(tag, dict) and tag.get("Key") == "GuardDutyManaged" for tag in tags.values)
    return told or not tags.complete


@rule(
    "NET-062",
    "warning",
    "A VPC that enforces encryption excludes what does not encrypt",
    symptom="VPC encryption control cannot be moved to enforce mode: enforce-failed",
    fix="Write the exclusion, such as InternetGatewayExclusionInput: enable, or Mode: monitor.",
    source=_ENCRYPTION,
)
def what_does_not_encrypt_is_excluded(model: Model) -> Iterator[Fault]:
    """Monitoring lets everything pass; what enforcing refuses shows when it is switched on."""
    for control in model.system.of("EC2::VPCEncryptionControl"):
        if not is_word(control.get("Mode"), "enforce"):
            continue
        for name, found in _in_the_clear(model, control.get("VpcId")).items():
            exclusion = control.get(name)
            if found and (exclusion is None or is_word(exclusion, "disable")):
                message = f"encryption is enforced, and {name} is not enable, which {found[0].address} needs"
                yield Fault(control, message, at=(name,) if exclusion is not None else ("Mode",))


def _in_the_clear(model: Model, vpc: Value) -> dict[str, list[Resource]]:
    """Give what in a VPC does not encrypt, by the property that excludes it."""
    system = model.system

    def stands_in(resource: Resource) -> bool:
        place = resource.get("VpcId") or model.routes.vpc_of(resource.get("SubnetId"))
        return place is not None and same(place, vpc) is True

    attached = [a for a in internet_attachments(system, vpc) if same(a.get("VpcId"), vpc) is True]
    return {
        "InternetGatewayExclusionInput": attached,
        "NatGatewayExclusionInput": [nat for nat in system.of("EC2::NatGateway") if stands_in(nat)],
        "EgressOnlyInternetGatewayExclusionInput": [
            gateway for gateway in system.of("EC2::EgressOnlyInternetGateway") if stands_in(gateway)
        ],
        "ElasticFileSystemExclusionInput": [
            target for target in system.of("EFS::MountTarget") if stands_in(target)
        ],
    }


@rule(
    "NET-065",
    "warning",
    "A service of Express Mode is in subnets of one kind, with their internet gateway attached before",
    symptom="mixed subnet type",
    fix="Take public subnets only or private ones only, and write DependsOn with the gateway's attachment.",
    source="AmazonECS/latest/developerguide/express-service-overview.html; tried by others, not documented",
)
def express_services_have_subnets_of_one_kind(model: Model) -> Iterator[Fault]:
    """Express Mode reads from the subnets whether the service is public, and there is no setting for it."""
    for service in model.system.of("ECS::ExpressGatewayService"):
        at = ("NetworkConfiguration", "Subnets")
        public: list[Value] = []
        private: list[Value] = []
        for subnet in service.items(*at).values:
            way = model.routes.internet(subnet, True)
            if way.kind == "internet gateway" and way.holds:
                public.append(subnet)
            elif "NAT gateway" in way.kind or way.obstacle in ("no route", "no association"):
                private.append(subnet)
        if public and private:
            yield Fault(
                service,
                f"{plain(model, public[0])} is public, and {plain(model, private[0])} is private",
                at=at,
            )
        if not public:
            continue
        found = internet_attachments(model.system, model.routes.vpc_of(public[0]))
        if found and not any(model.order.is_before(attachment, service) for attachment in found):
            message = f"{service.address} does not wait for {found[0].address}, the way out of its subnets"
            yield Fault(service, message)


RULES: Final[tuple[Rule, ...]] = (
    caches_are_filled_over_the_internet,
    the_agent_of_guardduty_has_an_endpoint,
    what_does_not_encrypt_is_excluded,
    express_services_have_subnets_of_one_kind,
)
