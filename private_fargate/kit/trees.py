"""The JSON of a template in one walk.

troposphere's own `to_dict` walks each level of nesting again for the level above it; at a hundred
services that is most of the time of a rendering.  A test holds this walk to troposphere's result.
"""

# troposphere and awacs leave what their objects hold untyped; this module is the seam to them.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from troposphere import AWSHelperFn, BaseAWSObject

if TYPE_CHECKING:
    from troposphere import Template

_PLAIN = frozenset({str, int, bool, float, type(None)})


def document(template: Template) -> dict[str, Any]:
    """Return the JSON of a template; sections without content are left out."""
    sections = {
        "AWSTemplateFormatVersion": template.version,
        "Conditions": template.conditions,
        "Description": template.description,
        "Mappings": template.mappings,
        "Metadata": template.metadata,
        "Outputs": template.outputs,
        "Parameters": template.parameters,
        "Resources": template.resources,
        "Rules": template.rules,
    }
    return {name: tree(section) for name, section in sections.items() if section}


def tree(node: Any) -> Any:  # noqa: ANN401, PLR0911  # a tree of any JSON, by the kinds of its nodes
    """Return the JSON of a value of troposphere or awacs.

    Raises:
        ValueError: a property that is required is not there.
    """
    if type(node) in _PLAIN:
        return node
    if isinstance(node, dict):
        return {name: tree(value) for name, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [tree(value) for value in node]
    if isinstance(node, BaseAWSObject):
        return _resource(node)
    if isinstance(node, AWSHelperFn) and type(node).to_dict is AWSHelperFn.to_dict:
        return tree(node.data)
    if hasattr(node, "to_dict"):  # Tags
        return tree(node.to_dict())
    return tree(node.JSONrepr()) if hasattr(node, "JSONrepr") else node  # pyright: ignore[reportAttributeAccessIssue]  # awacs


def _resource(node: BaseAWSObject) -> dict[str, Any]:
    node._validate_props()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as to_dict does
    node.validate()
    return {name: tree(value) for name, value in node.resource.items() if value or name != "Properties"}
