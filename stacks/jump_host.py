"""A host inside the VPC from which a person tries what the services answer.

Nothing can connect to it: Session Manager reaches it through the agent's own call outwards, by the
`ssm` and `ssmmessages` endpoints, or through the internet gateway if it is placed in public.  It
is nobody's dependency, and its instance profile is a stack of its own, because that takes minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from troposphere import GetAtt, Select, ec2

from private_fargate.aws.images import AL2023_PARAMETERS, Architecture, architecture_of
from private_fargate.config.models import JumpHost
from private_fargate.kit import kinds
from private_fargate.kit.groups import https, tcp
from private_fargate.kit.texts import name_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope

ROOT_DEVICE = "/dev/xvda"
VOLUME_GIB = 8  # the smallest that Amazon Linux 2023 boots from


@dataclass(frozen=True, kw_only=True)
class Config:
    """The host, and what it may try.

    Attributes:
        name: prefix of its Name tag, if none is asked for.
        instance_type: a burstable x86 or Graviton type.
        placement: in a private subnet, or in a public one with an address of its own.
        ports: TCP ports of the services, in ascending order.
    """

    name: str
    instance_type: str
    placement: Literal["private", "public"]
    ports: tuple[int, ...]

    @classmethod
    def of(cls, environment: Environment, settings: JumpHost) -> Config:
        """Return the jump host that an environment asks for."""
        return cls(
            name=environment.name,
            instance_type=settings.instance_type,
            placement=settings.placement,
            ports=tuple(sorted({service.port for service in environment.services.values()})),
        )

    @property
    def architecture(self) -> Architecture:
        """The processor of the instance type: Graviton families end in g, as t4g does."""
        return architecture_of(self.instance_type)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where it stands; the subnets of its placement, and the endpoints' group if it uses them."""

    vpc_id: kinds.VpcId
    vpc_cidr: kinds.VpcCidr
    private_subnet_ids: kinds.PrivateSubnetIds | None
    public_subnet_ids: kinds.PublicSubnetIds | None
    client_security_group_id: kinds.EndpointClientSecurityGroupId
    instance_image_id: kinds.InstanceImageId
    instance_profile_name: kinds.InstanceProfileName
    name: kinds.SystemName | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What `aws ssm start-session --target` takes."""

    instance_id: kinds.InstanceId


def ask_image(scope: Scope, environment: Environment) -> kinds.InstanceImageParameter | None:
    """Ask for the image of the jump host, if there is one."""
    settings = environment.jump_host
    if not isinstance(settings, JumpHost):
        return None
    newest = AL2023_PARAMETERS[Config.of(environment, settings).architecture]
    kind = kinds.InstanceImageParameter
    return scope.ask("Jump host", "JumpHostImageId", "Amazon Linux 2023", kind, Default=newest)


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Jump host: an instance without inbound rules, reached through Session Manager."""
    group = _security_group(scope, config, inputs)
    instance = scope.add(
        ec2.Instance(
            "JumpHost",
            InstanceType=config.instance_type,
            ImageId=inputs.instance_image_id,
            IamInstanceProfile=inputs.instance_profile_name,
            **_placement(config, inputs, group),
            # Version 2 only, and no further than the host itself.
            MetadataOptions=ec2.MetadataOptions(HttpTokens="required", HttpPutResponseHopLimit=1),
            BlockDeviceMappings=[
                ec2.BlockDeviceMapping(
                    DeviceName=ROOT_DEVICE,
                    Ebs=ec2.EbsBlockDevice(
                        Encrypted=True, VolumeType="gp3", VolumeSize=VOLUME_GIB, DeleteOnTermination=True
                    ),
                )
            ],
            EbsOptimized=True,
            Monitoring=True,
            Tags=name_tag(inputs.name or config.name, "jump host"),
        ),
        why="curl from here is the test that the whole system works",
    )
    return Outputs(instance_id=kinds.InstanceId.of(instance))


def _placement(config: Config, inputs: Inputs, group: ec2.SecurityGroup) -> dict[str, Any]:
    groups = [GetAtt(group, "GroupId"), inputs.client_security_group_id]
    if config.placement == "private":
        return {"SubnetId": Select(0, inputs.private_subnet_ids), "SecurityGroupIds": groups}
    # The interface is made with the instance: one made before could not be given a public address.
    interface = ec2.NetworkInterfaceProperty(
        DeviceIndex="0",
        AssociatePublicIpAddress=True,
        DeleteOnTermination=True,
        SubnetId=Select(0, inputs.public_subnet_ids),
        GroupSet=groups,
    )
    return {"NetworkInterfaces": [interface]}


def _security_group(scope: Scope, config: Config, inputs: Inputs) -> ec2.SecurityGroup:
    return scope.add(
        ec2.SecurityGroup(
            "JumpHostSecurityGroup",
            GroupDescription="Jump host: nothing comes in",
            VpcId=inputs.vpc_id,
            SecurityGroupEgress=_egress(config, inputs),
            Tags=name_tag(inputs.name or config.name, "jump host"),
        ),
        why="It calls the services, and nobody calls it",
    )


def _egress(config: Config, inputs: Inputs) -> Sequence[ec2.SecurityGroupRule]:
    rules = [tcp("Tries the services", port, CidrIp=inputs.vpc_cidr) for port in config.ports]
    if config.placement == "public":
        rules.append(https("Session Manager and packages, over the internet", CidrIp="0.0.0.0/0"))
    return rules
