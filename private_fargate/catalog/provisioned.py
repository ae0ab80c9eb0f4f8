"""What teams have launched: its state in words, with the way out, and what it says of itself.

Service Catalog calls it a provisioned product.  It is a stack named `SC-ACCOUNT-ID`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass's annotations are read at run time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from private_fargate.catalog.paging import paged
from private_fargate.deploy.refusals import answer
from private_fargate.deploy.session import DeployError
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}")
"""What Service Catalog takes as the name of something launched.

Source: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html
"""
_ID: Final = "pp-"
_GONE: Final = frozenset({"ResourceNotFoundException"})

MEANING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AVAILABLE": "is as it was asked for",
        "UNDER_CHANGE": "is being changed; wait until that has ended",
        "TAINTED": (
            "runs as before, because its last update failed and was rolled back; "
            "mend what that failed of and update it again"
        ),
        "ERROR": (
            "does not run: it could not be made, or its last change could not be taken back; "
            "terminate it (`build.py catalog terminate`), and launch it again"
        ),
        "PLAN_IN_PROGRESS": (
            "is only planned; execute the plan or delete it in Service Catalog, then launch it again"
        ),
    }
)
"""What a status means, and the way out.

Source: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionedProductDetail.html
"""


class MissingProductError(UserError):
    """Nothing of that name was launched."""


class BadNameError(UserError):
    """Nothing can be launched under the name."""


class StateError(DeployError):
    """What was launched is in a state in which it cannot be changed."""


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """Something that was launched.

    Attributes:
        id: as `pp-…`.
        name: what the team called it.
        status: as `AVAILABLE`.
        message: what Service Catalog says of the status.
        created: when it was launched.
        product: ID of the product.
        product_name: its name; empty where Service Catalog does not tell.
        version: ID of the version.
        version_name: its name; as above.
        record: ID of the last thing that was done to it.
        token: what the last launch or update was told by.
        stack: ARN of its stack; as above.
    """

    id: str
    name: str
    status: str
    message: str = ""
    created: datetime
    product: str = ""
    product_name: str = ""
    version: str = ""
    version_name: str = ""
    record: str = ""
    token: str = ""
    stack: str = ""

    def in_words(self) -> str:
        """Return its name and what its status means."""
        said = f" ({self.message})" if self.message and self.status != "AVAILABLE" else ""
        return f"{self.name} {MEANING.get(self.status, f'is {self.status}')}{said}"


def check_name(name: str) -> None:
    """Make sure that something can be launched under a name.

    Raises:
        BadNameError: Service Catalog does not take it, or it looks like an ID.
    """
    if _NAME.fullmatch(name) is None:
        message = (
            f"NAME: {name!r} is not what Service Catalog takes; write up to 128 letters, digits and ._-, a "
            "letter or digit first"
        )
        raise BadNameError(message)
    if name.startswith(_ID):
        message = (
            f"NAME: {name} looks like an ID, under which it would be looked for; write one without {_ID}"
        )
        raise BadNameError(message)


def find(session: Session, name: str) -> Provisioned | None:
    """Return what was launched under a name or ID; None if there is nothing of that name."""
    if _NAME.fullmatch(name) is None:  # Service Catalog would refuse the question
        return None
    client = session.client("servicecatalog")
    which = {"Id": name} if name.startswith(_ID) else {"Name": name}
    said = answer(client.describe_provisioned_product, unless=_GONE, **which)
    return None if said is None else _provisioned(said["ProvisionedProductDetail"])


def require(session: Session, name: str) -> Provisioned:
    """Return what was launched under a name or ID.

    Raises:
        MissingProductError: there is nothing of that name.
    """
    found = find(session, name)
    if found is None:
        message = (
            f"{name}: nothing of that name was launched in {session.region}; "
            "`build.py catalog list` shows what was"
        )
        raise MissingProductError(message)
    return found


def launched(session: Session, *, product: str | None = None, everyones: bool = False) -> list[Provisioned]:
    """Return what was launched, by name.

    Args:
        session: where.
        product: ID or name of the product; of all products, if it is left out.
        everyones: also what others have launched in this account, which needs the right to see it.
    """
    access = {"Key": "Account" if everyones else "User", "Value": "self"}
    answers = paged(
        session.client("servicecatalog").search_provisioned_products, AccessLevelFilter=access, PageSize=100
    )
    every = [_provisioned(each) for page in answers for each in page["ProvisionedProducts"]]
    return sorted(
        (each for each in every if product in {None, each.product, each.product_name}),
        key=lambda each: (each.name, each.id),
    )


def outputs_of(session: Session, identifier: str) -> dict[str, str]:
    """Return the outputs of what was launched, by name; none if it has none yet."""
    client = session.client("servicecatalog")
    answers = paged(client.get_provisioned_product_outputs, ProvisionedProductId=identifier)
    return {each["OutputKey"]: each["OutputValue"] for page in answers for each in page.get("Outputs", [])}


def _provisioned(said: Mapping[str, Any]) -> Provisioned:
    return Provisioned(
        id=said["Id"],
        name=said["Name"],
        status=said["Status"],
        message=said.get("StatusMessage", ""),
        created=said["CreatedTime"],
        product=said.get("ProductId", ""),
        product_name=said.get("ProductName", ""),
        version=said.get("ProvisioningArtifactId", ""),
        version_name=said.get("ProvisioningArtifactName", ""),
        record=said.get("LastRecordId", ""),
        token=said.get("IdempotencyToken", ""),
        stack=said.get("PhysicalId", ""),
    )
