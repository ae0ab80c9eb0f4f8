"""Side by side: two stacks in one AWS, and two programs that want one port."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from private_fargate.local.embedded import EmbeddedAws, EmbeddedAwsError
from tests.local.conftest import Stack

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator

ADDRESSES = 12


def many_addresses() -> dict[str, Any]:
    return {f"Address{number}": {"Type": "AWS::EC2::EIP"} for number in range(ADDRESSES)}


def test_two_stacks_are_made_at_once_and_share_nothing(local_aws: Session, stack: Stack) -> None:
    """Each looks for addresses that are free; without order among them both take the same."""
    before = take_census(local_aws)
    pair = (stack, Stack(local_aws, f"{stack.name}-too"))
    nested = {"Child": stack.nested(many_addresses())}
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(Stack.create, pair, [nested] * 2)) == ["CREATE_COMPLETE"] * 2
    found = local_aws.client("ec2").describe_addresses()["Addresses"]
    assert len({each["PublicIp"] for each in found}) == 2 * ADDRESSES
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(Stack.delete, pair)) == ["DELETE_COMPLETE"] * 2
    assert difference(before, take_census(local_aws)) == {}


def test_a_port_that_is_in_use_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedAwsError, match=f"^port {port} is in use; name another one"):
            EmbeddedAws(port=port).start()
