"""Hosts for people: their image, their processor, and ways in that Session Manager makes needless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws.instances import architecture_of, architecture_of_ami_parameter
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.stacks.names import written
from private_fargate.verify.tasks.hosts import setting
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_items, as_text, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.group_rules import Rule as Passing
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

_HOST: Final = "EC2::Instance"
_SSH: Final = 22
_DYNAMIC: Final = re.compile(r"\{\{resolve:ssm:([^:}]+)(?::\d+)?\}\}")
_LINUX_2: Final = re.compile(r"amzn2-|amazon-linux-2/")
_SSM_POLICIES: Final = ("AmazonSSMManagedInstanceCore", "AmazonEC2RoleforSSM", "AmazonSSMManagedEC2Instance")
_SSM_ACTIONS: Final = ("ssm:UpdateInstanceInformation", "ssmmessages:")


@rule(
    "JUMP-003",
    "info",
    "A host answers for its credentials only to those who hold a token",
    symptom="none: any request that the host can be made to send reads the credentials of its role",
    fix="Set MetadataOptions: { HttpTokens: required, HttpPutResponseHopLimit: 1 }.",
    source="AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
)
def tokens_are_required(model: Model) -> Iterator[Fault]:
    """Without the setting the image and the account decide, and old ones take version 1, without a token."""
    for host in model.system.of(_HOST):
        tokens = setting(model.system, host, "MetadataOptions", "HttpTokens")
        if tokens is None:
            yield Fault(host, "MetadataOptions does not say that tokens are required")
        elif one_of(tokens, ("required",)) is False:
            yield Fault(host, f"HttpTokens is {tokens}", at=("MetadataOptions", "HttpTokens"))


def image_parameters(system: System, host: Resource) -> list[str]:
    """Give the paths of the parameters in Systems Manager that an instance's image is read from."""
    found: list[str] = []
    for unknown in system.world.symbols.unknowns_in(setting(system, host, "ImageId")):
        dynamic = _DYNAMIC.fullmatch(unknown.name)
        if dynamic:
            found.append(dynamic[1])
        elif unknown.name.startswith("ssm:"):
            found.append(unknown.name.removeprefix("ssm:").partition(":")[0])
    return found


@rule(
    "JUMP-004",
    "warning",
    "A host runs a system that still gets security updates",
    symptom="none: Amazon Linux 2 has had no updates since 2026-06-30",
    fix="Take /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 or -arm64.",
    source="aws.amazon.com/amazon-linux-2/faqs",
)
def systems_are_supported(model: Model) -> Iterator[Fault]:
    """The parameter still names an image, and the host starts as ever."""
    for host in model.system.of(_HOST):
        for path in image_parameters(model.system, host):
            if _LINUX_2.search(path):
                yield Fault(host, f"its image, {path}, is Amazon Linux 2", at=("ImageId",))


@rule(
    "JUMP-005",
    "error",
    "A host's image is made for its processor",
    symptom=(
        "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of "
        "the specified AMI"
    ),
    fix="Take the image whose name ends as the type demands: arm64 for types such as t4g, x86_64 for t3.",
    source="ec2/latest/instancetypes/instance-type-names.html",
)
def images_fit_processors(model: Model) -> Iterator[Fault]:
    """The type and the image are two parameters as a rule, and somebody changes one."""
    for host in model.system.of(_HOST):
        kind = setting(model.system, host, "InstanceType")
        if kind is None or has_unknown(kind):
            continue
        needs = architecture_of(as_text(kind))
        for path in image_parameters(model.system, host):
            has = architecture_of_ami_parameter(path)
            if needs and has and needs != has:
                yield Fault(host, f"{kind} is {needs}, and its image, {path}, is {has}", at=("ImageId",))


@rule(
    "JUMP-006",
    "warning",
    "A host's image is looked up, not written down",
    symptom="The image id '[ami-0123456789abcdef0]' does not exist",
    fix=(
        "Take it from a parameter of the type AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>, or from "
        "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}."
    ),
    source="systems-manager/latest/userguide/parameter-store-public-parameters-ami.html",
)
def images_are_looked_up(model: Model) -> Iterator[Fault]:
    """An image has another id in each region, and AWS deprecates it two years after it was made."""
    for host in model.system.of(_HOST):
        image = written(host.stack, host.raw.get("ImageId"))
        if image is not None and image.startswith("ami-"):
            yield Fault(host, f"{image} is the image of one region, and grows old", at=("ImageId",))


@rule(
    "JUMP-008",
    "info",
    "A host of Session Manager has no key and no open port",
    symptom="none: SSH is a second way in, which no policy of IAM guards and nobody logs",
    fix="Leave KeyName out, and the rule for port 22: Session Manager calls out, and needs neither.",
    source="systems-manager/latest/userguide/session-manager.html",
)
def hosts_have_one_way_in(model: Model) -> Iterator[Fault]:
    """The host can be reached without them, so that nobody misses the hole that they leave."""
    for host in model.system.of(_HOST):
        if not _has_session_manager(model.system, host):
            continue
        if host.get("KeyName") is not None:
            yield Fault(host, "it has a key, and Session Manager reaches it without one", at=("KeyName",))
        if any(True for _ in model.system.of("EC2::InstanceConnectEndpoint")):
            continue  # which reaches the host through the port
        for passing in _open_to_ssh(model, host):
            where = model.system.show(passing.block)
            yield Fault(
                passing.by, f"lets {where} in to port {_SSH} of {host.address}, a host of Session Manager"
            )


def _has_session_manager(system: System, host: Resource) -> bool:
    """Say whether an instance's role lets its agent call Systems Manager, as far as the templates tell."""
    profile = system.find(setting(system, host, "IamInstanceProfile"), "IAM::InstanceProfile")
    for value in profile.items("Roles").values if profile else ():
        role = system.find(value, "IAM::Role")
        managed = role.items("ManagedPolicyArns").values if role else ()
        if any(as_text(arn).endswith(_SSM_POLICIES) for arn in managed):
            return True
        inline = system.show(role.get("Policies")) if role else ""
        if any(action in inline for action in _SSM_ACTIONS):
            return True
    return False


def _open_to_ssh(model: Model, host: Resource) -> Iterator[Passing]:
    """Give the rules of an instance's security groups that let addresses in to its port of SSH."""
    groups = [*host.items("SecurityGroupIds").values]
    for interface in as_items(host.get("NetworkInterfaces")).values:
        groups += as_items(interface.get("GroupSet")).values if isinstance(interface, dict) else ()
    for value in groups:
        for passing in model.groups.group(value).ingress if isinstance(value, str) else ():
            if passing.block is not None and passing.covers(_SSH) is True:
                yield passing


RULES: Final[tuple[Rule, ...]] = (
    tokens_are_required,
    systems_are_supported,
    images_fit_processors,
    images_are_looked_up,
    hosts_have_one_way_in,
)
