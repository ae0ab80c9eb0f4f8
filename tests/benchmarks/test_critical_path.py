"""The arithmetic of a deployment: what waits for what, and how long the longest chain is."""

from typing import Any

import pytest

from benchmarks import system
from benchmarks.critical_path import Graph, layouts, longest, monolith, nested
from private_fargate.aws import durations
from private_fargate.aws.durations import seconds

Templates = dict[str, dict[str, Any]]

START = durations.NESTED_STACK.seconds
VPC, NAT, SERVICE, ENDPOINT = (
    seconds(kind)
    for kind in ("AWS::EC2::VPC", "AWS::EC2::NatGateway", "AWS::ECS::Service", "AWS::EC2::VPCEndpoint")
)
INTERFACE = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface"}}


def stack(file: str, parameters: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    properties = {"TemplateURL": file, "Parameters": parameters or {}}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties, **more}


def template(resources: dict[str, Any], **outputs: object) -> dict[str, Any]:
    return {"Resources": resources, "Outputs": {title: {"Value": value} for title, value in outputs.items()}}


def a_service(**properties: object) -> dict[str, Any]:
    return template({"Service": {"Type": "AWS::ECS::Service", "Properties": properties}})


@pytest.fixture
def templates() -> Templates:
    """A network of which a service takes the VPC; NAT gateways that it does not; an endpoint nearby."""
    vpc = {"VpcId": {"Fn::GetAtt": ["Network", "Outputs.VpcId"]}}
    network = {"Vpc": {"Type": "AWS::EC2::VPC"}, "Nat": {"Type": "AWS::EC2::NatGateway"}}
    return {
        "parent.json": template(
            {
                "Network": stack("network.json"),
                "Endpoints": stack("endpoints.json", vpc),
                "Web": stack("web.json", vpc),
            }
        ),
        "network.json": template(network, VpcId={"Ref": "Vpc"}),
        "endpoints.json": template({"Door": INTERFACE}),
        "web.json": a_service(Vpc={"Fn::Sub": "x-${VpcId}"}),
    }


def test_what_waits_for_nothing_takes_no_time_beside_what_is_slower() -> None:
    assert longest(Graph({"slow": 9, "fast": 1, "last": 2}, {"last": {"fast"}})) == (9, ["slow"])


def test_a_chain_adds_up_and_a_detour_counts_once() -> None:
    graph = Graph({"a": 1, "b": 5, "c": 2, "d": 1}, {"b": {"a"}, "c": {"a"}, "d": {"b", "c"}})
    assert longest(graph) == (7, ["a", "b", "d"])


def test_whoever_takes_a_value_of_a_nested_stack_waits_for_all_of_that_stack(templates: Templates) -> None:
    """The service takes the VPC, and waits for the NAT gateway that it never sees."""
    chain = longest(nested(system.nest(templates)), ["Web/Service"])
    assert chain.seconds == START + NAT + START + SERVICE
    assert "Network/Nat" in chain.steps


def test_in_one_template_a_service_waits_for_the_value_alone(templates: Templates) -> None:
    chain = longest(monolith(system.nest(templates), safe=False), ["Web/Service"])
    assert chain == (VPC + SERVICE, ["Network/Vpc", "Web/Service"])


def test_the_best_layout_still_starts_no_task_before_its_endpoints(templates: Templates) -> None:
    chain = longest(monolith(system.nest(templates), safe=True), ["Web/Service"])
    assert chain == (ENDPOINT + SERVICE, ["Endpoints/Door", "Web/Service"])


def test_the_best_layout_keeps_the_order_that_a_stack_was_told(templates: Templates) -> None:
    templates["parent.json"]["Resources"]["Web"]["DependsOn"] = ["Network"]
    chain = longest(monolith(system.nest(templates), safe=True), ["Web/Service"])
    assert chain.seconds == NAT + SERVICE


def test_a_chain_of_nested_stacks_is_the_sum_of_them(templates: Templates) -> None:
    chain = longest(nested(system.nest(templates), chained=True))
    assert chain.seconds == 3 * START + NAT + ENDPOINT + SERVICE


def test_a_gateway_endpoint_is_made_as_quickly_as_a_route(templates: Templates) -> None:
    templates["endpoints.json"]["Resources"]["Door"]["Properties"]["VpcEndpointType"] = "Gateway"
    graph = monolith(system.nest(templates), safe=True)
    assert graph.duration["Endpoints/Door"] == durations.OTHER.seconds


def test_no_layout_of_the_same_resources_is_shorter_than_values_alone(templates: Templates) -> None:
    times = [longest(graph).seconds for graph in layouts(system.nest(templates)).values()]
    assert times == sorted(times, reverse=True)
