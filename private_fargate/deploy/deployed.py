"""What is deployed: the templates of a stack and of those nested in it, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from private_fargate.deploy.session import pages
from private_fargate.plan.trees import STACK, StackTemplate, body_of, nested_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Session


def deployed_template(session: Session, stack: str) -> StackTemplate:
    """Return the tree of what is deployed under a root's name or ARN.

    Raises:
        botocore.exceptions.ClientError: there is no such stack.
        TemplateError: what is deployed is no template that can be read.
    """
    cloudformation = session.client("cloudformation")
    given = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    arguments = {each["ParameterKey"]: each["ParameterValue"] for each in given}

    def read(stack: str, arguments: Mapping[str, Any]) -> StackTemplate:
        body = cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
        body = body_of(body, stack) if isinstance(body, str) else cast("dict[str, Any]", body)
        physical = nested_stacks(session, stack)
        children = {
            logical_id: read(physical[logical_id], properties.get("Parameters", {}))
            for logical_id, properties in nested_in(body)
            if logical_id in physical
        }
        return StackTemplate(body=body, children=children, arguments=arguments)

    return read(stack, arguments)


def nested_stacks(session: Session, stack: str) -> dict[str, str]:
    """Return the logical IDs of a stack's direct children with their ARNs."""
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources_of(session, stack)
        if resource["ResourceType"] == STACK and resource.get("PhysicalResourceId")
    }


def resources_of(session: Session, stack: str) -> Iterator[dict[str, Any]]:
    """Yield the resources of one stack as ListStackResources returns them."""
    for page in pages(session.client("cloudformation"), "list_stack_resources", StackName=stack):
        yield from page["StackResourceSummaries"]


def each_stack(
    session: Session, stack: str, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield a stack and all nested in it: the logical IDs that lead there from the first, and its ARN."""
    yield path, stack
    for logical_id, child in nested_stacks(session, stack).items():
        yield from each_stack(session, child, (*path, logical_id))
