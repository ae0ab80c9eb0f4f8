"""The JSON Schema of an environment's file, for completion and squiggles in editors."""

from __future__ import annotations

from typing import Any

from private_fargate.config.models import Environment

_REMOVED = {"type": "null", "description": "Removes what the extended file says."}
_EXTENDS = {
    "type": "string",
    "description": "File beside this one whose settings hold where this one says nothing else.",
}


def json_schema() -> dict[str, Any]:
    """Return the schema.

    A file that extends another may leave out what is required, and removes an entry with null.
    """
    schema = Environment.model_json_schema()
    whole = {key: schema.pop(key) for key in ("properties", "required")}
    schema["properties"] = {"extends": _EXTENDS, **whole["properties"]}
    schema["anyOf"] = [{"required": ["extends"]}, {"required": whole["required"]}]
    for group in (schema, *schema["$defs"].values()):
        group["properties"] = {name: _removable(setting) for name, setting in group["properties"].items()}
        if group is not schema:
            group.pop("required", None)  # the rest may stand in the extended file
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _removable(setting: dict[str, Any]) -> dict[str, Any]:
    """Let null stand for the entries of a mapping by name, as a way to remove them."""
    entries = setting.get("additionalProperties")
    if not isinstance(entries, dict):
        return setting
    return {**setting, "additionalProperties": {"anyOf": [entries, _REMOVED]}}
