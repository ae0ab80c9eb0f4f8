"""The bucket for templates comes from a template of its own, once, and belongs to the caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from private_fargate.deploy.artifacts import STACK, MissingBucketError, bootstrap, bucket_name, require_bucket
from private_fargate.deploy.session import AccessError, DeployError, connect_to
from private_fargate.deploy.watching import Watcher
from private_fargate.local.embedded import EmbeddedAws
from stacks import artifacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

TEMPLATE = artifacts.render()[artifacts.FILE]


@pytest.fixture(scope="module")
def own_aws() -> Iterator[EmbeddedAws]:
    """An AWS of their own: there is one such bucket in an account, and others may be using theirs."""
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def empty(own_aws: EmbeddedAws) -> Iterator[Session]:
    """An account with neither the stack nor the bucket, before and after."""
    session = connect_to(own_aws.environment())
    yield session
    cloudformation, s3 = session.client("cloudformation"), session.client("s3")
    if any(stack["StackName"] == STACK for stack in cloudformation.describe_stacks()["Stacks"]):
        cloudformation.update_termination_protection(StackName=STACK, EnableTerminationProtection=False)
        cloudformation.delete_stack(StackName=STACK)
    if any(bucket["Name"] == bucket_name(session) for bucket in s3.list_buckets()["Buckets"]):
        s3.delete_bucket(Bucket=bucket_name(session))


@pytest.mark.emulator
def test_the_bucket_has_the_name_that_people_type(empty: Session) -> None:
    outcome = bootstrap(empty, TEMPLATE, Watcher())
    assert (outcome.succeeded, outcome.changed) == (True, True), outcome.explain()
    assert outcome.outputs == {"ArtifactBucketName": "private-fargate-artifacts-123456789012-us-east-1"}
    assert require_bucket(empty) == outcome.outputs["ArtifactBucketName"]


@pytest.mark.emulator
def test_the_bucket_is_versioned_closed_and_takes_nothing_in_the_clear(empty: Session) -> None:
    bootstrap(empty, TEMPLATE, Watcher())
    s3, name = empty.client("s3"), bucket_name(empty)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    closed = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (len(closed), set(closed.values())) == (4, {True})
    statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert [(each["Effect"], each["Condition"]) for each in statements] == [
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]
    assert statements[0]["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


@pytest.mark.emulator
def test_an_organization_may_read_and_is_not_forgotten(empty: Session) -> None:
    bootstrap(empty, TEMPLATE, Watcher(), organization="o-abcdefghij")
    bootstrap(empty, TEMPLATE, Watcher())
    name = bucket_name(empty)
    policy = json.loads(empty.client("s3").get_bucket_policy(Bucket=name)["Policy"])
    (allowed,) = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert (allowed["Action"], allowed["Resource"]) == (
        ["s3:GetObject"],
        [f"arn:aws:s3:::{name}/templates/*"],
    )
    assert allowed["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


@pytest.mark.emulator
def test_a_second_time_does_nothing(empty: Session) -> None:
    first = bootstrap(empty, TEMPLATE, Watcher())
    again = bootstrap(empty, TEMPLATE, Watcher())
    assert (again.succeeded, again.changed, again.stack_arn) == (True, False, first.stack_arn)
    assert again.outputs == first.outputs


@pytest.mark.emulator
def test_the_stack_refuses_to_be_deleted_by_mistake(empty: Session) -> None:
    bootstrap(empty, TEMPLATE, Watcher())
    (stack,) = empty.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["EnableTerminationProtection"] is True


@pytest.mark.emulator
def test_a_missing_bucket_is_named_with_the_command_that_makes_it(empty: Session) -> None:
    with pytest.raises(
        MissingBucketError, match=r"-123456789012-us-east-1 .*`build\.py bootstrap` makes it$"
    ):
        require_bucket(empty)
    with pytest.raises(MissingBucketError, match=r"makes it, or name another bucket with --bucket$"):
        require_bucket(empty, may_choose=True)


@pytest.mark.emulator
def test_a_bucket_that_is_not_of_the_stack_is_left_alone(empty: Session) -> None:
    empty.client("s3").create_bucket(Bucket=bucket_name(empty))
    with pytest.raises(DeployError, match=r"is there, but the stack .* is not.*Import it"):
        bootstrap(empty, TEMPLATE, Watcher())
    assert empty.client("cloudformation").describe_stacks()["Stacks"] == []


@pytest.mark.emulator
def test_a_bucket_that_somebody_else_has_taken_gets_no_template(empty: Session) -> None:
    """The name can be guessed.  The embedded AWS has no second account, so S3's answer is written here."""
    empty.client("s3").create_bucket(Bucket=bucket_name(empty))
    expected = {"Bucket": bucket_name(empty), "ExpectedBucketOwner": "123456789012"}
    s3: Any = Stubber(empty.client("s3"))
    with s3:
        for _ in range(2):
            s3.add_client_error("head_bucket", "403", http_status_code=403, expected_params=expected)
        with pytest.raises(AccessError, match=r"belongs to another account, or .*ask for that right$"):
            require_bucket(empty)
        with pytest.raises(AccessError, match=r"belongs to another account, or .*--bucket$"):
            require_bucket(empty, may_choose=True)
