"""Launching a product: once, however often the same is asked for.

What is asked for has a token that is a digest of all of it.  A client that was killed asks the same again,
and Service Catalog answers with what is under way; what is there already, made of the same, is left as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from private_fargate.catalog import provisioned, records
from private_fargate.catalog.provisioned import StateError
from private_fargate.catalog.records import Result
from private_fargate.deploy.session import DeployError, explained
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.catalog.offers import Offer
    from private_fargate.catalog.provisioned import Provisioned
    from private_fargate.catalog.records import Record
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher

_GENERATIONS: Final = 100  # launches of the same under the same name, one after the other


class NameTakenError(UserError):
    """Something else was launched under the name."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What is to be launched.

    Attributes:
        name: what the team calls it.
        offer: the product, its version and the path.
        parameters: values of the launch form; defaults hold for the others.
        tags: of what is launched.
    """

    name: str
    offer: Offer
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def token(self, generation: int = 0) -> str:
        """Return what tells this from everything else that can be asked for.

        Args:
            generation: how often the same was launched and terminated before.
        """
        what = (self.offer.product, self.offer.version.id, self.offer.path)
        return token_of([self.name, *what, dict(self.parameters), dict(self.tags), generation])


def token_of(said: object) -> str:
    """Return a token that is the same for the same, as Service Catalog takes it."""
    text = json.dumps(said, sort_keys=True)
    return f"private-fargate-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def launch(session: Session, asked: Launch, watcher: Watcher) -> Result:
    """Launch a product and follow it to its end; what is under way is joined, what is there is left.

    Args:
        session: where, and as whom.
        asked: for what.
        watcher: who looks on.

    Raises:
        NameTakenError: something else was launched under the name.
        StateError: it is in a state in which it cannot be launched.
        LeftRunningError: Ctrl-C; it goes on.
        DeployError: Service Catalog refuses, or the end was not seen in time.
    """
    with explained():
        there = provisioned.find(session, asked.name)
        if there is not None:
            return _found(session, asked, there, watcher)
        record = _begin(session, asked)
    return records.follow(session, record, watcher)


def _found(session: Session, asked: Launch, there: Provisioned, watcher: Watcher) -> Result:
    """Return how it ended, of what is there already."""
    if not _is_same(asked, there):
        message = (
            f"{asked.name}: something else was launched under this name, and {there.in_words()}; "
            "choose another name, or change what is there with `build.py catalog update`"
        )
        raise NameTakenError(message)
    if there.status == "UNDER_CHANGE":
        return records.follow(session, records.read(session, there.record), watcher)
    if there.status != "AVAILABLE":
        raise StateError(there.in_words())
    return Result(
        name=there.name,
        id=there.id,
        status=there.status,
        succeeded=True,
        changed=False,
        outputs=provisioned.outputs_of(session, there.id),
    )


def _is_same(asked: Launch, there: Provisioned) -> bool:
    return any(there.token == asked.token(generation) for generation in range(_GENERATIONS))


def _begin(session: Session, asked: Launch) -> Record:
    """Ask for it; what was launched with the same token and is gone since makes a new one necessary."""
    client = session.client("servicecatalog")
    for generation in range(_GENERATIONS):
        said = client.provision_product(
            ProductId=asked.offer.product,
            ProvisioningArtifactId=asked.offer.version.id,
            PathId=asked.offer.path,
            ProvisionedProductName=asked.name,
            ProvisioningParameters=pairs(asked.parameters),
            Tags=pairs(asked.tags),
            ProvisionToken=asked.token(generation),
        )
        # The answer to a token that is known already may be as old as the first one.
        record = records.read(session, said["RecordDetail"]["RecordId"])
        if not record.has_ended or provisioned.find(session, record.product) is not None:
            return record
    message = f"{asked.name}: launched and terminated {_GENERATIONS} times; choose another name"
    raise DeployError(message)


def pairs(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return values as Service Catalog takes them."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]


def kept(keys: Iterable[str]) -> list[dict[str, Any]]:
    """Return parameters that keep the values they have, as Service Catalog takes them."""
    return [{"Key": key, "UsePreviousValue": True} for key in sorted(keys)]
