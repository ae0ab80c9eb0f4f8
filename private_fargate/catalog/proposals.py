"""What publishing would do, before anybody has agreed to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from private_fargate.catalog import pruning, shares, versions
from private_fargate.catalog.products import find, is_shared
from private_fargate.catalog.pruning import Pruning
from private_fargate.catalog.shares import ShareChanges
from private_fargate.deploy import deploy as deployer
from private_fargate.deploy.artifacts import STACK as BUCKET_STACK
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import find_stack
from private_fargate.plan.judging import Planned, judged

if TYPE_CHECKING:
    from private_fargate.catalog.products import Product
    from private_fargate.catalog.publication import Publication
    from private_fargate.catalog.versions import Version
    from private_fargate.deploy.session import Session

_NARROWED: Final = (
    "the launch role loses rights; products of earlier versions that need them can then not be updated or "
    "terminated: keep what they need until they are gone"
)
_UNREADABLE: Final = (
    "the portfolio is shared with accounts, and no organization may read the templates; name "
    "catalog.shares.organization, or they cannot launch"
)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What publishing would do; its change set is left for `publish` or `withdraw`.

    Attributes:
        publication: Of what.
        planned: What becomes of the stack.
        there: The version that has these templates already; None if one is added.
        product: The product; None if the stack makes it.
        opened_for: The organization whose accounts get to read the templates; empty if that is as it was.
        shares: What becomes of the portfolio's shares.
        pruning: What becomes of old versions.
        notes: What is worth knowing.
    """

    publication: Publication
    planned: Planned
    there: Version | None = None
    product: Product | None = None
    opened_for: str = ""
    shares: ShareChanges = field(default_factory=ShareChanges)
    pruning: Pruning = field(default_factory=Pruning)
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return bool(
            self.planned.plan.is_empty
            and self.there
            and not self.opened_for
            and self.shares.is_empty
            and self.pruning.is_empty
        )


def propose(publication: Publication) -> Proposal:
    """Return what publishing would do.

    Raises:
        VersionLimitError: there is no room for another version.
        DeployError: the stack is in no state to be changed.
    """
    session = publication.session
    product = find(session, publication.stack)
    with explained():
        there = _with_same_templates(session, publication, product)
        agreed = _pruning(publication, product, there)
        if product and not there and len(product.versions) - len(agreed.removed) >= versions.LIMIT:
            raise versions.VersionLimitError(versions.full(product.id))
        before = shares.found(session, product.portfolio) if product else ()
        state = find_stack(session, publication.stack)
        opened_for = _newly_reading(publication)
    planned = deployer.make_plan(publication.deployment(state))
    planned = replace(planned, plan=judged(planned))
    return Proposal(
        publication=publication,
        planned=planned,
        there=there,
        product=product,
        opened_for=opened_for,
        shares=shares.changes(before, shares.wanted(publication.catalog.shares)),
        pruning=agreed,
        notes=(*_notes(publication, planned, product, there),),
    )


def withdraw(proposal: Proposal) -> None:
    """Take the change set of a proposal away."""
    deployer.forget(proposal.publication.session, proposal.planned.plan)


def _newly_reading(publication: Publication) -> str:
    wanted = publication.catalog.shares.organization
    state = find_stack(publication.session, BUCKET_STACK)
    before = state.parameters.get("OrganizationId", "") if state else ""
    return wanted if wanted and wanted != before else ""


def _with_same_templates(
    session: Session, publication: Publication, product: Product | None
) -> Version | None:
    """Return the version that has these templates and is ready."""
    for each in product.versions if product else ():
        if each.digest == publication.digest and product:
            ready = versions.status(session, product.id, each.id) == "AVAILABLE"
            return each if ready else None
    return None


def _pruning(publication: Publication, product: Product | None, there: Version | None) -> Pruning:
    """Return what becomes of old versions when there is one more."""
    if product is None:
        return Pruning()
    keep = publication.catalog.keep_versions
    return pruning.pruning(
        product.versions,
        keep=keep if there else keep - 1,
        kept={product.first: pruning.BY_STACK, **({there.name: pruning.CURRENT} if there else {})},
        uses=versions.uses(publication.session),
        shared=is_shared(publication.session, publication.catalog, product),
    )


def _notes(
    publication: Publication, planned: Planned, product: Product | None, there: Version | None
) -> list[str]:
    notes: list[str] = []
    said = publication.catalog.shares
    if there and (there.deprecated or not there.active):
        notes.append(
            f"{there.name} is deprecated or hidden; "
            f"`build.py catalog deprecate --undo {there.name}` offers it again"
        )
    elif there and product and product.versions[0] != there:
        notes.append(f"{product.versions[0].name} is newer, and stays the newest")
    if said.accounts and not said.organization:
        notes.append(_UNREADABLE)
    if product and any(each.direction == "narrowed" for each in planned.plan.security):
        notes.append(_NARROWED)
    return notes
