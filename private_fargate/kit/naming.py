"""How things are called: one spelling for every logical ID, parameter and output."""

from __future__ import annotations

import re
from functools import cache


@cache  # a large system asks for the same names tens of thousands of times
def logical_id(name: str) -> str:
    """Return the PascalCase logical ID of a name in kebab, snake or dotted case.

    >>> logical_id("nginx-front.v2"), logical_id("private_subnet_ids")
    ('NginxFrontV2', 'PrivateSubnetIds')
    """
    parts = re.split(r"[^0-9A-Za-z]+", name)
    return "".join(part[:1].upper() + part[1:] for part in parts)
