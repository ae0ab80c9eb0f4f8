"""Texts that carry a name, which is known when the templates are built or is asked for at the launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from troposphere import Ref, Sub, Tags

if TYPE_CHECKING:
    from private_fargate.kit.wires import Wire


def worded(text: str, **values: str | Wire) -> object:
    """Return a text with values put in: now if they are all known, else by CloudFormation.

    >>> worded("curl http://${Service}.${Domain}", Service="nginx", Domain="demo")
    'curl http://nginx.demo'
    """
    later: dict[str, Any] = {}
    is_known = True
    for name, value in values.items():
        place = f"${{{name}}}"
        is_known = is_known and isinstance(value, str)
        if isinstance(value, str):
            text = text.replace(place, value)
        elif text == place:
            return value
        elif isinstance(value.data, Ref):  # a parameter, which may have another name
            text = text.replace(place, f"${{{value.data.data['Ref']}}}")
        else:
            later[name] = value
    return text if is_known else Sub(text, **later)


def name_tag(name: str | Wire, of: str = "") -> Tags:
    """Return the Name tag of something of a system: the system's name, and what of it this is."""
    return Tags(Name=worded(f"${{Name}} {of}".rstrip(), Name=name))
