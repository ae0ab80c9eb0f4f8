"""The launch role for accounts with which a portfolio is shared: that of the catalog which is deployed.

The role serves all versions of a product, and which there are stands in no file; the hub's own role was made
for them.  So the others get the same template.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.catalog.products import NoCatalogError, require
from private_fargate.deploy.deployed import deployed_template
from private_fargate.deploy.session import explained

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

ROLE: Final = "LaunchRole"
"""Logical ID of the nested stack of a catalog that makes the role."""

BUCKET: Final = "ArtifactBucketName"
"""The one parameter of its template."""


def role_template(session: Session, stack: str) -> bytes:
    """Return the template that gives an account the launch role of a catalog, as it is deployed in the hub.

    Args:
        session: the hub, and the Region of the catalog.
        stack: the catalog's.

    Returns:
        JSON. Its parameter has the hub's bucket for templates as default, so that none has to be given.

    Raises:
        NoCatalogError: there is no such catalog, or no role in it.
    """
    require(session, stack)
    with explained():
        deployed = deployed_template(session, stack)
    role = deployed.children.get(ROLE)
    if role is None:
        message = f"{stack}: it has no {ROLE}, so none of ours made it; `build.py catalog publish` makes one"
        raise NoCatalogError(message)
    body = cast("dict[str, Any]", json.loads(json.dumps(role.body)))
    body["Parameters"][BUCKET]["Default"] = deployed.argument(BUCKET)
    return f"{json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)}\n".encode()
