"""Instances."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from ministack.services import iam

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2 import interfaces
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, changed, is_true, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_DEFAULT_TYPE = "m1.small"  # of EC2, if nothing is said
_NUMBERS = frozenset({"Iops", "Throughput", "VolumeSize"})
_BOOLEANS = frozenset({"DeleteOnTermination", "Encrypted"})
_REPLACED = frozenset(
    {
        "AvailabilityZone",
        "BlockDeviceMappings",
        "IamInstanceProfile",  # AWS associates another one; moto keeps the first
        "ImageId",
        "KeyName",
        "MetadataOptions",
        "NetworkInterfaces",
        "PrivateIpAddress",
        "SubnetId",
        "UserData",
    }
)


def register_all() -> None:
    """Register the type of this module."""
    register(
        "AWS::EC2::Instance",
        Handler(create=_instance, delete=_no_instance, update=_change, create_only=_REPLACED, retag=retag),
    )


def _instance(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    profile = properties.get("IamInstanceProfile")
    if profile and profile not in iam._instance_profiles:
        raise ValueError(
            f"Value ({profile}) for parameter iamInstanceProfile.name is invalid. "
            "Invalid IAM Instance Profile name"
        )
    made = moto.client().run_instances(MinCount=1, MaxCount=1, **_arguments(properties))["Instances"][0]
    instance = made["InstanceId"]
    _show_groups(moto.backend().get_instance(instance))
    if profile:
        with suppress(ClientError):  # an instance before this one had it too
            moto.iam().create_instance_profile(InstanceProfileName=profile)
        moto.client().associate_iam_instance_profile(
            InstanceId=instance, IamInstanceProfile={"Name": profile}
        )
    return instance, {
        "InstanceId": instance,
        "AvailabilityZone": made["Placement"]["AvailabilityZone"],
        **{name: made.get(f"{name}Address", "") for name in ("PrivateIp", "PublicIp")},
        **{name: made.get(name, "") for name in ("PrivateDnsName", "PublicDnsName", "VpcId")},
    }


def _show_groups(record: Any) -> None:  # noqa: ANN401 -- moto's record
    """Let the instance be in the groups of its interfaces; moto forgets them if the interfaces are given."""
    if not record.security_groups:
        record.security_groups = [
            group for interface in record.nics.values() for group in interface._group_set
        ]


def _arguments(properties: Properties) -> dict[str, Any]:
    """Return what RunInstances takes, with numbers and booleans as such."""
    plain = ("ImageId", "KeyName", "PrivateIpAddress", "SecurityGroupIds", "SubnetId")
    arguments: dict[str, Any] = {name: properties[name] for name in plain if properties.get(name)}
    arguments["InstanceType"] = properties.get("InstanceType", _DEFAULT_TYPE)
    if "EbsOptimized" in properties:
        arguments["EbsOptimized"] = is_true(properties["EbsOptimized"])
    if "Monitoring" in properties:
        arguments["Monitoring"] = {"Enabled": is_true(properties["Monitoring"])}
    if properties.get("UserData"):
        arguments["UserData"] = base64.b64decode(properties["UserData"]).decode()
    if properties.get("NetworkInterfaces"):
        arguments["NetworkInterfaces"] = [_interface(each) for each in properties["NetworkInterfaces"]]
    if properties.get("MetadataOptions"):
        options = dict(properties["MetadataOptions"])
        if "HttpPutResponseHopLimit" in options:
            options["HttpPutResponseHopLimit"] = int(options["HttpPutResponseHopLimit"])
        arguments["MetadataOptions"] = options
    devices = [each for each in properties.get("BlockDeviceMappings") or [] if each.get("Ebs")]
    if devices:
        arguments["BlockDeviceMappings"] = [
            {"DeviceName": each["DeviceName"], "Ebs": _volume(each["Ebs"])} for each in devices
        ]
    return arguments


def _interface(properties: Properties) -> dict[str, Any]:
    interface: dict[str, Any] = {"DeviceIndex": int(properties["DeviceIndex"])}
    for name in ("NetworkInterfaceId", "SubnetId"):
        if properties.get(name):
            interface[name] = properties[name]
    if properties.get("GroupSet"):
        interface["Groups"] = properties["GroupSet"]
    for name in ("AssociatePublicIpAddress", "DeleteOnTermination"):
        if name in properties:
            interface[name] = is_true(properties[name])
    return interface


def _volume(properties: Properties) -> dict[str, Any]:
    def typed(name: str, value: object) -> object:
        if name in _NUMBERS:
            return int(str(value))
        return is_true(value) if name in _BOOLEANS else value

    with_default = {"DeleteOnTermination": True, **properties}  # moto's default is False
    return {name: typed(name, value) for name, value in with_default.items()}


def _change(instance: str, old: Properties, new: Properties) -> None:
    """Change what AWS changes without a new instance."""
    differing = changed(old, new)
    record = moto.backend().get_instance(instance)
    if "SecurityGroupIds" in differing:
        groups = new.get("SecurityGroupIds") or []
        moto.client().modify_instance_attribute(InstanceId=instance, Groups=groups)
        for interface in record.nics.values():
            interface._group_set = list(record.security_groups)
    if "InstanceType" in differing:
        record.instance_type = new.get("InstanceType", _DEFAULT_TYPE)


def _no_instance(instance: str, properties: Properties) -> None:
    """Terminate an instance; its interfaces go with it, but for those that were there before."""
    given = {each.get("NetworkInterfaceId") for each in properties.get("NetworkInterfaces") or []}
    own = [each.id for each in moto.backend().get_instance(instance).nics.values() if each.id not in given]
    moto.client().terminate_instances(InstanceIds=[instance])
    interfaces.remove(own)
