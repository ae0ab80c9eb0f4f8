"""What a deployment would change, stack by stack, from the templates deployed and the templates new.

A change set of a parent says "Network: Modify" and no more: AWS tells the rest in one change set per child,
an embedded AWS not at all.  The templates tell it everywhere.  What only AWS can know is left to it: whether
a change replaces a resource, and what follows in others when an attribute turns out different.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from rich.text import Text
from rich.tree import Tree

from private_fargate.deploy.packaging import PARENT, STACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Session

# "Dynamic" is AWS's word for: decided at deployment.  Here it is a resource whose condition may have turned.
Action = Literal["Add", "Modify", "Remove", "Dynamic"]

_SUBSTITUTED = re.compile(r"\$\{([^!.}]+)[^}]*\}")  # the name in "${Name}" and "${Name.Attribute}"
_ATTRIBUTES = ("Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy")
_READABLE = 100  # changes
_COLOURS: dict[Action, str] = {"Add": "green", "Modify": "yellow", "Remove": "red", "Dynamic": "magenta"}


@dataclass(frozen=True, kw_only=True)
class StackTemplate:
    """A template with those of its nested stacks, and the values given for its parameters.

    `arguments` holds what the deployed stack was given, or what a new deployment would give: values for a
    root, the expressions of the parent's template for a child.
    """

    body: Mapping[str, Any]
    children: Mapping[str, StackTemplate] = field(default_factory=dict[str, "StackTemplate"])  # by logical ID
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical ID."""
        return self.body.get("Resources", {})

    def argument(self, name: str) -> object:
        """Return the value of a parameter: the one given, else its default."""
        declared = self.body.get("Parameters", {}).get(name, {})
        return _comparable(self.arguments.get(name, declared.get("Default")))


_ABSENT = StackTemplate(body={})


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource; of a nested stack, with what becomes of the resources in it."""

    logical_id: str
    type: str
    action: Action
    within: tuple[Change, ...] = ()


def template_of(
    templates: Mapping[str, bytes], arguments: Mapping[str, str], name: str = PARENT
) -> StackTemplate:
    """Return the tree of what would be deployed.

    Args:
        templates: file name -> JSON, with relative TemplateURLs.
        arguments: parameters of the root.
        name: the file of the root.
    """
    body = cast("dict[str, Any]", json.loads(templates[name]))
    children = {
        logical_id: template_of(templates, properties.get("Parameters", {}), properties["TemplateURL"])
        for logical_id, properties in _nested(body)
    }
    return StackTemplate(body=body, children=children, arguments=arguments)


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
            for logical_id, properties in _nested(body)
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


def compare(
    old: StackTemplate | None, new: StackTemplate | None, moved: frozenset[str] = frozenset()
) -> tuple[Change, ...]:
    """Return what changes from `old` to `new`, in order of logical ID; None is a stack that is not there.

    `moved` names the parameters whose value differs although the expression for it does not.
    """
    old, new = old or _ABSENT, new or _ABSENT
    touched = _touched(old, new, moved)
    changes: list[Change] = []
    for logical_id in sorted({*old.resources, *new.resources}):
        was, becomes = old.resources.get(logical_id), new.resources.get(logical_id)
        given = new.children.get(logical_id, _ABSENT).arguments
        within = compare(
            old.children.get(logical_id),
            new.children.get(logical_id),
            frozenset(name for name, value in given.items() if _names(value) & touched),
        )
        action = _action(was, becomes, touched) or ("Modify" if within else None)
        if action is not None:
            kind = str((becomes or was or {})["Type"])
            changes.append(Change(logical_id=logical_id, type=kind, action=action, within=within))
    return tuple(changes)


def changes_tree(title: str, changes: tuple[Change, ...]) -> Tree:
    """Return the changes as a tree for rich to print: stack -> resource -> action.

    Of more changes than a person reads, those inside nested stacks are counted instead.
    """
    tree = Tree(Text(f"{title}: {_counted(changes)}", "bold"))
    _grow(tree, changes, brief=sum(count_changes(changes).values()) > _READABLE)
    return tree


def count_changes(changes: tuple[Change, ...]) -> dict[Action, int]:
    """Return how many resources get each action, nested stacks themselves included."""
    counts: dict[Action, int] = {}
    for change in _each(changes):
        counts[change.action] = counts.get(change.action, 0) + 1
    return counts


def _counted(changes: tuple[Change, ...]) -> str:
    """Return how often each action occurs: `12 Add, 1 Remove`."""
    return ", ".join(f"{number} {action}" for action, number in sorted(count_changes(changes).items()))


def _each(changes: tuple[Change, ...]) -> Iterator[Change]:
    for change in changes:
        yield change
        yield from _each(change.within)


def _grow(tree: Tree, changes: tuple[Change, ...], *, brief: bool) -> None:
    for change in changes:
        line = Text.assemble(
            (f"{change.action:<8}", _COLOURS[change.action]),
            change.logical_id,
            (f"  {change.type.removeprefix('AWS::')}", "dim"),
        )
        branch = tree.add(line)
        if not brief:
            _grow(branch, change.within, brief=False)
        elif change.within:
            line.append(": " + _counted(change.within))


def _nested(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield logical ID and properties of each nested stack."""
    resources = cast("dict[str, dict[str, Any]]", body.get("Resources", {}))
    for logical_id, resource in resources.items():
        if resource["Type"] == STACK:
            yield logical_id, resource.get("Properties", {})


def _action(
    was: Mapping[str, Any] | None, becomes: Mapping[str, Any] | None, touched: frozenset[str]
) -> Action | None:
    """Return what becomes of one resource by its own definition, None if nothing does."""
    if was is None:
        return "Add"
    if becomes is None:
        return "Remove"
    if becomes.get("Condition") in touched:
        return "Dynamic"
    definition = _definition(becomes)
    if _definition(was) != definition or _names(definition) & touched:
        return "Modify"
    return None


def _definition(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a resource can change it: all but metadata, and where a child's template lies."""
    definition = {key: resource[key] for key in _ATTRIBUTES if key in resource}
    if resource["Type"] == STACK:
        properties = cast("dict[str, Any]", definition.get("Properties", {}))
        definition["Properties"] = {k: v for k, v in properties.items() if k != "TemplateURL"}
    return definition


def _touched(old: StackTemplate, new: StackTemplate, moved: frozenset[str]) -> frozenset[str]:
    """Return the parameters whose value differs, and the conditions that differ or depend on one of these."""
    parameters = {*old.body.get("Parameters", {}), *new.body.get("Parameters", {})}
    touched = {name for name in parameters if old.argument(name) != new.argument(name)} | moved
    before = cast("dict[str, Any]", old.body.get("Conditions", {}))
    conditions = cast("dict[str, Any]", new.body.get("Conditions", {}))
    touched |= {name for name, value in conditions.items() if before.get(name) != value}
    while more := {n for n, value in conditions.items() if n not in touched and _names(value) & touched}:
        touched |= more  # a condition may name another, so until no more are found
    return frozenset(touched)


def _names(value: object) -> set[str]:
    """Return every parameter and condition that an expression may refer to."""
    found: set[str] = set()
    if isinstance(value, str):
        found.update(_SUBSTITUTED.findall(value))
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            found |= _names(item)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            if key in {"Ref", "Condition"}:
                found.add(str(item))
            elif key == "Fn::If":
                found.add(str(cast("list[object]", item)[0]))
            found |= _names(item)
    return found


def _comparable(value: object) -> object:
    """Return a parameter's value as CloudFormation reports it: text, lists joined with commas."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items if any(isinstance(item, dict) for item in items) else ",".join(map(str, items))
    return str(value) if isinstance(value, int | float) else value
