"""Task definitions in the spelling of the API: ECS takes `containerDefinitions` from a template too.

What the API, its console and its documentation call `networkMode` is `NetworkMode` in CloudFormation.  Some
of AWS's own templates have the former, and so has whoever pastes a task definition into a template.

Source: AmazonECS/latest/developerguide/creating-resources-with-cloudformation.html, example templates
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from private_fargate.verify.templates.sources import Tree

_OWN_WORDS: Final = ("Options", "DockerLabels", "DriverOpts", "Labels", "Fn::Sub", "Fn::Transform")
"""Mappings whose keys are the author's, not the API's."""

_INITIALS: Final = {
    "EfsVolumeConfiguration": "EFSVolumeConfiguration",
    "FileSystemId": "FilesystemId",
    "FsxWindowsFileServerVolumeConfiguration": "FSxWindowsFileServerVolumeConfiguration",
    "Iam": "IAM",
}


def as_cloudformation_spells(node: Tree) -> Tree:
    """Write the keys of the API's spelling as CloudFormation has them; others stay as they are.

    >>> as_cloudformation_spells({"cpu": "256", "logConfiguration": {"options": {"awslogs-group": "x"}}})
    {'Cpu': '256', 'LogConfiguration': {'Options': {'awslogs-group': 'x'}}}
    """
    if isinstance(node, list):
        return [as_cloudformation_spells(item) for item in node]
    if not isinstance(node, dict):
        return node
    spelled = {_spelled(key): value for key, value in node.items()}
    return {
        key: value if key in _OWN_WORDS else as_cloudformation_spells(value) for key, value in spelled.items()
    }


def _spelled(key: str) -> str:
    capital = f"{key[:1].upper()}{key[1:]}"
    return key if key == capital else _INITIALS.get(capital, capital)
