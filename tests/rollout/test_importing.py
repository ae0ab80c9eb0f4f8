"""Stacks that were deployed otherwise become instances, and nothing in them changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Addresses, Rollout
from private_fargate.rollout.importing import AdoptionError, bring_in, check
from private_fargate.rollout.model import Place
from private_fargate.rollout.rolling import defined
from tests.rollout.house import (
    EXECUTION_ROLE,
    Witness,
    environment,
    network_of,
    order,
    prepare,
    readers,
    run,
    session_in,
)

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from private_fargate.rollout.rolling import Order

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

ACCOUNT = "310000000001"
OTHER = "310000000002"


def deployed(aws: EmbeddedAws, account: str, name: str, template: bytes, **values: str) -> str:
    """Deploy a stack by hand, and return its ARN."""
    cloudformation = session_in(aws, account).client("cloudformation")
    stack = cloudformation.create_stack(
        StackName=name,
        TemplateBody=template.decode(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
    )["StackId"]
    waiter = getattr(cloudformation, "get_waiter")("stack_create_complete")  # noqa: B009 -- no operation
    waiter.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return str(stack)


def wanted(administrator: Session, name: str) -> Order:
    settings = Rollout(
        permissions="self-managed", accounts=(ACCOUNT, OTHER), addresses=Addresses(pool="10.64.0.0/14")
    )
    return order(administrator, environment(settings, "us-east-1", name=name))


def test_a_stack_becomes_an_instance_and_keeps_its_network(aws: EmbeddedAws, name: str) -> None:
    administrator = prepare(aws, (ACCOUNT, OTHER))
    given = wanted(administrator, name)
    definition = defined(given)
    stack = deployed(aws, ACCOUNT, name, given.package.parent, VpcCidr="10.65.0.0/16")
    check([stack], definition, readers(administrator, EXECUTION_ROLE), ())
    (result,) = bring_in(given, definition, [stack], Witness())
    assert (result.place, result.status) == (Place(ACCOUNT, "us-east-1"), "SUCCEEDED")
    outcome, witness = run(administrator, given.environment)
    assert [(step.action, step.vpc_cidr) for step in witness.plans[0].steps] == [
        ("unchanged", "10.65.0.0/16"),
        ("create", "10.64.0.0/16"),
    ]
    assert outcome.succeeded
    assert network_of(aws, result.place, stack) == ["10.65.0.0/16"]


def test_what_cannot_become_an_instance_is_told_before_anything_is_done(aws: EmbeddedAws, name: str) -> None:
    administrator = prepare(aws, (ACCOUNT, OTHER))
    definition = defined(wanted(administrator, name))
    parameter = {"Type": "String", "Default": "x"}
    other = {
        "Parameters": {"Other": parameter},
        "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}},
    }
    stack = deployed(aws, OTHER, name, json.dumps(other).encode())
    who = readers(administrator, EXECUTION_ROLE)
    with pytest.raises(AdoptionError, match="they differ in Colour, Other, VpcCidr"):
        check([stack], definition, who, ())
    with pytest.raises(AdoptionError, match=f"has an instance in {OTHER}/us-east-1, and can have one only"):
        check([stack], definition, who, [Place(OTHER, "us-east-1")])
    with pytest.raises(AdoptionError, match="11 stacks are too many"):
        check([stack] * 11, definition, who, ())
    with pytest.raises(AdoptionError, match="write the stack's ARN"):
        check([name], definition, who, ())
