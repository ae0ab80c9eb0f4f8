"""What a plan is bound to: one number for the templates and the parameters that would be deployed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def digest_of(templates: Mapping[str, bytes], parameters: Mapping[str, str]) -> str:
    """Return the sha256 of templates and parameters, as 64 hexadecimal digits.

    It is that of canonical JSON: white space and the order of keys do not matter, everything else does.

    Args:
        templates: file name -> JSON.
        parameters: of the root.

    >>> digest_of({"a.json": b'{"A": 1, "B": 2}'}, {}) == digest_of({"a.json": b'{"B":2,"A":1}'}, {})
    True
    """
    content = {
        "parameters": dict(parameters),
        "templates": {name: json.loads(body) for name, body in templates.items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def template_digests(templates: Mapping[str, bytes]) -> dict[str, str]:
    """Return the sha256 of each template's bytes, by file name."""
    return {name: hashlib.sha256(body).hexdigest() for name, body in sorted(templates.items())}
