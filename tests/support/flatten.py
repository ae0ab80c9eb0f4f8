"""One template out of a parent and its nested stacks: what CloudFormation would have in hand.

Nested stacks are inlined under prefixed logical IDs, parameters and outputs are replaced by what they
stand for, conditions are decided, and Metadata is dropped: neither a cut between two templates nor a
suppression hides anything from whoever reads the result.  Pseudo parameters stay as they are, because a
literal partition would be a fault of its own; only mappings and conditions take their values.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NESTED = "AWS::CloudFormation::Stack"
NO_VALUE = {"Ref": "AWS::NoValue"}
PLACE = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "system",
    "AWS::URLSuffix": "amazonaws.com",
}
IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


def flatten(
    files: Mapping[str, bytes], parameters: Mapping[str, object] | None = None, root: str = "parent.json"
) -> dict[str, Any]:
    """Return the whole system as one template.

    Args:
        files: templates by file name; the TemplateURL of a nested stack is one of the names.
        parameters: of the parent, where another value than the default is wanted.
        root: file name of the parent.
    """
    stack = _Stack(files, root, "", dict(parameters or {}))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": stack.template["Description"],
        "Resources": stack.resources(),
    }


class _Stack:
    """One stack: its template, what its parameters stand for, and the stacks nested in it."""

    def __init__(self, files: Mapping[str, bytes], name: str, prefix: str, given: dict[str, Any]) -> None:
        self.files = files
        self.prefix = prefix
        self.template: dict[str, Any] = json.loads(files[name])
        declared = self.template.get("Parameters", {})
        unknown = sorted(given.keys() - declared.keys())
        assert not unknown, f"{prefix or name} has no parameter {', '.join(unknown)}"
        self.parameters = {
            title: _bound(settings, given.get(title, settings.get("Default")))
            for title, settings in declared.items()
        }
        self._nested: dict[str, _Stack] = {}

    def nested(self, title: str) -> _Stack | None:
        """Return the stack nested under a title; made when first asked for, as one may need another."""
        resource = self.template["Resources"][title]
        if resource["Type"] != NESTED:
            return None
        if title not in self._nested:
            properties = resource["Properties"]
            given = {name: self.resolve(value) for name, value in properties["Parameters"].items()}
            self._nested[title] = _Stack(self.files, properties["TemplateURL"], self.prefix + title, given)
        return self._nested[title]

    def resources(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for title, resource in self.template["Resources"].items():
            if not self._holds(resource.get("Condition")):
                continue
            stack = self.nested(title)
            new = stack.resources() if stack else {self.prefix + title: self._resource(resource)}
            assert not found.keys() & new.keys(), f"two resources are called {found.keys() & new.keys()}"
            found |= new
        return found

    def _resource(self, resource: dict[str, Any]) -> dict[str, Any]:
        decided = {"Metadata", "Condition", "DependsOn"}
        kept = {key: self.resolve(value) for key, value in resource.items() if key not in decided}
        depends = resource.get("DependsOn", [])
        named = [depends] if isinstance(depends, str) else depends
        # A wait for a whole stack says nothing of any one resource.
        waits = [self.prefix + title for title in named if not self.nested(title)]
        return {**kept, "DependsOn": waits} if waits else kept

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self._decide(self.template["Conditions"][condition]))

    def _decide(self, test: dict[str, Any]) -> bool:
        ((name, value),) = test.items()
        match name:
            case "Condition":
                return self._holds(value)
            case "Fn::Equals":
                left, right = (_placed(self.resolve(side)) for side in value)
                return left == right
            case "Fn::Not":
                return not self._decide(value[0])
            case "Fn::And":
                return all(map(self._decide, value))
            case "Fn::Or":
                return any(map(self._decide, value))
            case _:
                message = f"{name} is no condition"
                raise ValueError(message)

    def resolve(self, value: Any) -> Any:
        """Return a value with all that this stack knows put in."""
        if isinstance(value, list):
            found = [self.resolve(item) for item in value]
            return [item for item in found if item != NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        found = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item != NO_VALUE}

    def _intrinsic(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                title, attribute = argument
                return self._get_att(title, attribute)
            case "Fn::Sub":
                return self._sub(*([argument, {}] if isinstance(argument, str) else argument))
            case "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self._holds(condition) else otherwise)
            case "Fn::FindInMap":
                table, *keys = [_placed(self.resolve(key)) for key in argument]
                return self.template["Mappings"][table][keys[0]][keys[1]]
            case _:
                return _computed(name, self.resolve(argument))

    def _ref(self, name: str) -> Any:
        if name in self.parameters:
            return self.parameters[name]
        return {"Ref": name if name.startswith("AWS::") else self.prefix + name}

    def _get_att(self, title: str, attribute: str) -> Any:
        if child := self.nested(title):
            return child.resolve(child.template["Outputs"][attribute.removeprefix("Outputs.")]["Value"])
        return {"Fn::GetAtt": [self.prefix + title, attribute]}

    def _sub(self, text: str, variables: dict[str, Any]) -> Any:
        left: dict[str, Any] = {}

        def spelled(found: re.Match[str]) -> str:
            name = found[1]
            if name in variables:
                value = self.resolve(variables[name])
            else:
                value = self._get_att(*name.split(".", 1)) if "." in name else self._ref(name)
            match value:
                case str() | int():
                    return str(value)
                case {"Ref": reference}:
                    return f"${{{reference}}}"
                case {"Fn::GetAtt": [title, attribute]}:
                    return f"${{{title}.{attribute}}}"
                case _:
                    left[name] = value
                    return found[0]

        new = IN_SUB.sub(spelled, text)
        if not IN_SUB.search(new):
            return new
        return {"Fn::Sub": [new, left] if left else new}


def _bound(settings: dict[str, Any], value: Any) -> Any:
    """Return what a parameter stands for: a list is one even if it came as text."""
    kind = settings["Type"]
    if kind.startswith("AWS::SSM::Parameter::Value"):
        return f"{{{{resolve:ssm:{value}}}}}"
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return value.split(",") if isinstance(value, str) else value["Fn::Join"][1]
    return value


def _placed(value: Any) -> Any:
    """Return a value with the pseudo parameters of a place put in, for whoever has to compare."""
    if isinstance(value, dict) and value.get("Ref") in PLACE:
        return PLACE[value["Ref"]]
    return value


def _computed(name: str, argument: Any) -> Any:
    """Return the result of a function of lists and texts, as far as they are known."""
    match name, argument:
        case "Fn::Select", [int() | str() as index, [*items]]:
            return items[int(index)]
        case "Fn::Split", [str() as separator, str() as text]:
            return text.split(separator)
        case "Fn::Join", [str() as separator, [*items]] if all(isinstance(item, str) for item in items):
            return separator.join(items)
        case _:
            return {name: argument}
