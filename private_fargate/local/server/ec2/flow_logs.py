"""Flow logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_PASSED_ON = (
    "DeliverLogsPermissionArn",
    "LogDestination",
    "LogDestinationType",
    "LogFormat",
    "LogGroupName",
    "ResourceType",
    "TrafficType",
)


def register_all() -> None:
    """Register the type of this module."""
    register("AWS::EC2::FlowLog", Handler(create=_flow_log, delete=_no_flow_log, retag=retag))


def _flow_log(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    arguments = {name: properties[name] for name in _PASSED_ON if properties.get(name)}
    if properties.get("MaxAggregationInterval"):
        arguments["MaxAggregationInterval"] = int(properties["MaxAggregationInterval"])
    answer = moto.client().create_flow_logs(ResourceIds=[properties["ResourceId"]], **arguments)
    if answer.get("Unsuccessful"):
        raise ValueError(answer["Unsuccessful"][0]["Error"]["Message"])
    flow_log = answer["FlowLogIds"][0]
    return flow_log, {"Id": flow_log}


def _no_flow_log(flow_log: str, _properties: Properties) -> None:
    moto.client().delete_flow_logs(FlowLogIds=[flow_log])
