"""Values as CloudFormation's API sends and receives them: XML out, and a form with dotted names in."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

_TRIGGERS = "RollbackConfiguration.RollbackTriggers.member"
_SETTINGS = re.compile(r"RoleARN$|(?:NotificationARNs|RollbackConfiguration)(?:\.|$)")
_MINUTES = "RollbackConfiguration.MonitoringTimeInMinutes"


def to_xml(value: Any) -> str:  # noqa: ANN401 -- any value of an answer
    """Return a value as the elements of an answer.

    >>> to_xml({"Tags": [{"Key": "team", "Value": "a & b"}], "Enabled": True})
    '<Tags><member><Key>team</Key><Value>a &amp; b</Value></member></Tags><Enabled>true</Enabled>'
    """
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(each)}</{name}>" for name, each in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(each)}</member>" for each in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def settings_form(form: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a form that says something of role, topics and rollback alarms."""
    return {name: value for name, value in form.items() if _SETTINGS.match(name)}


def settings(form: dict[str, Any]) -> dict[str, Any]:
    """Return role, topics and rollback alarms from the form that set them, as descriptions have them."""
    found: dict[str, Any] = {}
    if role := _first(form, "RoleARN"):
        found["RoleARN"] = role
    if topics := members(form, "NotificationARNs.member"):
        found["NotificationARNs"] = topics
    alarms = []
    while arn := _first(form, f"{_TRIGGERS}.{len(alarms) + 1}.Arn"):
        alarms.append({"Arn": arn, "Type": _first(form, f"{_TRIGGERS}.{len(alarms) + 1}.Type")})
    minutes = _first(form, _MINUTES)
    if alarms or minutes:
        found["RollbackConfiguration"] = {
            "RollbackTriggers": alarms,
            **({"MonitoringTimeInMinutes": minutes} if minutes else {}),
        }
    return found


def members(form: dict[str, Any], name: str) -> list[str]:
    """Return the items of a list of texts in a form."""
    found: list[str] = []
    while item := _first(form, f"{name}.{len(found) + 1}"):
        found.append(item)
    return found


def _first(form: dict[str, Any], name: str) -> str:
    value = form.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
