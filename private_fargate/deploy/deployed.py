"""What is deployed: the templates of a stack and of those nested in it, and their names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from private_fargate.plan.trees import STACK, StackTemplate, nested_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session


def deployed_template(session: Session, stack: str) -> StackTemplate:
    """Return the tree of what is deployed under a root's name or ARN.

    Raises:
        botocore.exceptions.ClientError: there is no such stack.
    """
    cloudformation = session.client("cloudformation")
    given = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    arguments = {each["ParameterKey"]: each["ParameterValue"] for each in given}

    def read(stack: str, arguments: Mapping[str, Any]) -> StackTemplate:
        body = cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
        body = cast("dict[str, Any]", json.loads(body) if isinstance(body, str) else body)
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
    cloudformation = session.client("cloudformation")
    found: dict[str, str] = {}
    token: dict[str, str] = {}
    while True:
        page = cloudformation.list_stack_resources(StackName=stack, **token)
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == STACK and resource.get("PhysicalResourceId"):
                found[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}
