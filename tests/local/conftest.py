"""Stacks in the embedded AWS, by plain CloudFormation: what is tested here is the AWS, not the deployer."""

from __future__ import annotations

import functools
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

_BUCKET = "embedded-tests"
_LIMIT = 60  # seconds

Resources: TypeAlias = dict[str, Any]
Template: TypeAlias = dict[str, Any] | None  # in the place of one with these resources and outputs
Tags: TypeAlias = Mapping[str, str]

_NO_TAGS: Tags = MappingProxyType({})


@dataclass(frozen=True)
class Stack:
    """One stack, whatever is in it; every operation waits until it has settled, and returns the status."""

    session: Session
    name: str

    def create(
        self, resources: Resources, *, tags: Tags = _NO_TAGS, template: Template = None, **outputs: Any
    ) -> str:
        self._change("create_stack", template or _template(resources, outputs), tags)
        return self.settled()

    def update(
        self, resources: Resources, *, tags: Tags = _NO_TAGS, template: Template = None, **outputs: Any
    ) -> str:
        self._change("update_stack", template or _template(resources, outputs), tags)
        return self.settled()

    def delete(self) -> str:
        self._call("delete_stack")
        return self.settled()

    def nested(self, resources: Resources, *, template: Template = None, **outputs: Any) -> dict[str, Any]:
        """Upload a template, and return the resource that makes a stack of it."""
        key = f"{uuid.uuid4().hex}.json"
        body = json.dumps(template or _template(resources, outputs)).encode()
        self.session.client("s3").put_object(Bucket=_BUCKET, Key=key, Body=body)
        url = f"{self.session.endpoint}/{_BUCKET}/{key}"
        return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}

    def outputs(self) -> dict[str, str]:
        stack = self._call("describe_stacks")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def reasons(self) -> str:
        events = self._call("describe_stack_events")["StackEvents"]
        return "\n".join(
            event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")
        )

    def _call(self, operation: str, **arguments: Any) -> Any:
        return getattr(self.session.client("cloudformation"), operation)(StackName=self.name, **arguments)

    def _change(self, operation: str, template: dict[str, Any], tags: Tags) -> None:
        self._call(
            operation,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )

    def status(self) -> str:
        """Look through all pages: the tests of one session make more stacks than there are on one."""
        client = self.session.client("cloudformation")
        listed = (stack for page in pages(client, "list_stacks") for stack in page["StackSummaries"])
        return next(str(stack["StackStatus"]) for stack in listed if stack["StackName"] == self.name)

    def settled(self) -> str:
        limit, status = time.monotonic() + _LIMIT, "unknown"
        while time.monotonic() < limit:
            status = self.status()
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.05)
        raise TimeoutError(f"{self.name} is still {status}")


def _template(resources: Resources, outputs: dict[str, Any]) -> dict[str, Any]:
    values = {name: {"Value": value} for name, value in outputs.items()}
    return {"Resources": resources, **({"Outputs": values} if values else {})}


@pytest.fixture(scope="session")
def local_aws(embedded_aws: EmbeddedAws) -> Session:
    session = connect_to(embedded_aws.environment())
    # A census asks twenty services, and to make their clients takes longer than to ask.
    object.__setattr__(session, "client", functools.cache(session.client))
    ensure_bucket(session, _BUCKET)
    return session


@pytest.fixture
def stack(local_aws: Session) -> Iterator[Stack]:
    """A stack for one test; whatever the test left of it is deleted."""
    stack = Stack(local_aws, f"test-{uuid.uuid4().hex[:8]}")
    yield stack
    local_aws.client("cloudformation").delete_stack(StackName=stack.name)
