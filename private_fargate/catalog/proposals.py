"""What publishing would do, before anybody has agreed to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from private_fargate.catalog import pruning, shares, versions
from private_fargate.catalog.earlier import earlier
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
    "the launch role loses rights that no version needs any more, as far as their templates could be read; "
    "products of versions that were removed can then perhaps not be updated or terminated, in other accounts "
    "too once they get this role"
)
_UNREAD: Final = (
    "its templates are not to be had ({why}), so that the launch role is not made for it: products of this "
    "version can perhaps not be updated or terminated"
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


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What there is of a product, and what of it stays when a version is published.

    Attributes:
        publication: Of what, with a catalog for all versions that stay.
        product: The product; None if the stack makes it.
        there: The version that has these templates already; None if one is added.
        pruning: What becomes of old versions.
        unread: Versions that stay and could not be read, and why.
    """

    publication: Publication
    product: Product | None = None
    there: Version | None = None
    pruning: Pruning = field(default_factory=Pruning)
    unread: tuple[tuple[Version, str], ...] = ()


def standing(publication: Publication) -> Standing:
    """Return what there is of a product, and the publication with a catalog that serves all of it.

    Raises:
        CrowdedError: all versions together need more than a role can have.
        NotProvenError: something objects to the catalog's templates.
        DeployError: AWS cannot be asked.
    """
    session = publication.session
    product = find(session, publication.stack)
    if product is None:
        return Standing(publication=publication)
    with explained():
        there = _with_same_templates(session, publication, product)
        agreed = _pruning(publication, product, there)
        # A version with the same templates is served anyhow, and one that goes is used by nobody.
        stay = [
            each
            for each in product.versions
            if each.digest != publication.digest and each not in agreed.removed
        ]
        others = earlier(session, product.id, stay)
    return Standing(
        publication=publication.beside(others.systems),
        product=product,
        there=there,
        pruning=agreed,
        unread=others.unread,
    )


def propose(publication: Publication) -> Proposal:
    """Return what publishing would do.

    Raises:
        VersionLimitError: there is no room for another version.
        ShareError: it cannot be shared as the settings say.
        CrowdedError: all versions together need more than a role can have.
        NotProvenError: something objects to the catalog's templates.
        DeployError: the stack is in no state to be changed.
    """
    found = standing(publication)
    publication, session = found.publication, found.publication.session
    product, there, agreed = found.product, found.there, found.pruning
    with explained():
        if product and not there and len(product.versions) - len(agreed.removed) >= versions.LIMIT:
            raise versions.VersionLimitError(versions.full(product.id))
        before = shares.found(session, product.portfolio) if product else ()
        sharing = shares.changes(before, shares.wanted(publication.catalog.shares))
        shares.require_trust(session, sharing)
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
        shares=sharing,
        pruning=agreed,
        notes=(*_notes(found, planned),),
    )


def withdraw(proposal: Proposal) -> None:
    """Take the change set of a proposal away."""
    deployer.forget(proposal.publication.session, proposal.planned.plan)


def _newly_reading(publication: Publication) -> str:
    wanted = publication.catalog.shares.organization
    state = find_stack(publication.session, BUCKET_STACK)
    before = state.parameters.get("OrganizationId", "") if state else ""
    return wanted if wanted and wanted != before else ""


def _with_same_templates(session: Session, publication: Publication, product: Product) -> Version | None:
    """Return the version that has these templates and is ready."""
    for each in product.versions:
        if each.digest == publication.digest:
            ready = versions.status(session, product.id, each.id) == "AVAILABLE"
            return each if ready else None
    return None


def _pruning(publication: Publication, product: Product, there: Version | None) -> Pruning:
    """Return what becomes of old versions when there is one more."""
    keep = publication.catalog.keep_versions
    return pruning.pruning(
        product.versions,
        keep=keep if there else keep - 1,
        kept={product.first: pruning.BY_STACK, **({there.name: pruning.CURRENT} if there else {})},
        uses=versions.uses(publication.session),
        shared=is_shared(publication.session, publication.catalog, product),
    )


def _notes(found: Standing, planned: Planned) -> list[str]:
    notes = [f"{version.name}: {_UNREAD.format(why=why)}" for version, why in found.unread]
    product, there, said = found.product, found.there, found.publication.catalog.shares
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
