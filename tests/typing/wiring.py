"""Mistakes that the type checker must see: each ignore is an assertion, and one that is not needed fails.

Nothing here is run; `tests/typing/test_wiring.py` has it checked in strict mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import discovery, egress, endpoints, network

if TYPE_CHECKING:
    from private_fargate.kit import kinds
    from private_fargate.kit.scope import Scope


def route_table_as_subnet(net: network.Outputs, prefix_list: kinds.S3PrefixListId) -> endpoints.Inputs:
    return endpoints.Inputs(
        vpc_id=net.vpc_id,
        private_subnet_ids=net.private_route_table_ids,  # pyright: ignore[reportArgumentType]
        private_route_table_ids=net.private_route_table_ids,
        s3_prefix_list_id=prefix_list,
    )


def private_subnet_as_public(net: network.Outputs) -> egress.Inputs:
    return egress.Inputs(
        vpc_id=None,
        private_route_table_ids=net.private_route_table_ids,
        public_subnet_ids=net.private_subnet_ids,  # pyright: ignore[reportArgumentType]
    )


def input_left_out(net: network.Outputs) -> egress.Inputs:
    return egress.Inputs(vpc_id=net.vpc_id, public_subnet_ids=None)  # pyright: ignore[reportCallIssue]


def input_misspelled(net: network.Outputs) -> discovery.Inputs:
    return discovery.Inputs(vpcid=net.vpc_id)  # pyright: ignore[reportCallIssue]


def output_misspelled(net: network.Outputs) -> discovery.Inputs:
    return discovery.Inputs(vpc_id=net.vpc)  # pyright: ignore


def text_as_wire() -> discovery.Inputs:
    return discovery.Inputs(vpc_id="vpc-1")  # pyright: ignore[reportArgumentType]


def inputs_of_another_stack(scope: Scope, zone: discovery.Config, inputs: network.Inputs) -> None:
    scope.nest("Discovery", discovery.build, zone, inputs)  # pyright: ignore[reportArgumentType]


def config_of_another_stack(scope: Scope, config: endpoints.Config, inputs: discovery.Inputs) -> None:
    scope.nest("Discovery", discovery.build, config, inputs)  # pyright: ignore[reportArgumentType]


def outputs_of_another_stack(scope: Scope, zone: discovery.Config, inputs: discovery.Inputs) -> kinds.VpcId:
    return scope.nest("Discovery", discovery.build, zone, inputs).vpc_id  # pyright: ignore


def right(scope: Scope, net: network.Outputs, zone: discovery.Config) -> kinds.NamespaceId:
    return scope.nest("Discovery", discovery.build, zone, discovery.Inputs(vpc_id=net.vpc_id)).namespace_id
