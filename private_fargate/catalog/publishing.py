"""A version of a product, from its templates to the teams that may launch it.

The stack makes the portfolio, and the product with its first version.  CloudFormation would replace a version
whose address it is given anew, so that later ones are added by the API beside it, and updates of the stack
keep the values of the first.  Each step looks at what is there before it does anything: a run that was cut
off is finished by the next one, and one with the same templates does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from private_fargate import artifacts
from private_fargate.catalog import pruning, shares, versions
from private_fargate.catalog.products import require
from private_fargate.catalog.proposals import standing
from private_fargate.catalog.pruning import Pruning
from private_fargate.deploy import deploy as deployer
from private_fargate.deploy.session import DeployError, explained
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.catalog.products import Product
    from private_fargate.catalog.proposals import Proposal
    from private_fargate.catalog.publication import Publication
    from private_fargate.catalog.versions import Version
    from private_fargate.deploy.following import Outcome


@dataclass(frozen=True, kw_only=True)
class Published:
    """What came of it.

    Attributes:
        outcome: Of the stack; None if nothing became of it.
        product: The product; None if the stack failed.
        version: That has the templates; None as above.
        added: Whether it is new.
        pruned: What has become of old versions.
    """

    outcome: Outcome | None = None
    product: Product | None = None
    version: Version | None = None
    added: bool = False
    pruned: Pruning = field(default_factory=Pruning)


def settle(publication: Publication, watcher: Watcher, *, patience: float = 0) -> Outcome | None:
    """Follow what is under way on the stack to its end; return how it ended, None if nothing was.

    Args:
        publication: what is to be published.
        watcher: who looks on.
        patience: seconds to wait for another deployment than this one.

    Raises:
        BusyError: another one is under way.
        CrowdedError: all versions together need more than a role can have.
    """
    with explained():
        state = find_stack(publication.session, publication.stack)
    if state is None or not state.is_in_progress:
        return None
    # What a run that was cut off has begun is known by its templates: those for all versions that stay.
    whole = standing(publication).publication
    return deployer.deploy(whole.deployment(state), watcher, patience=patience)


def publish(proposal: Proposal, watcher: Watcher, say: Callable[[str], None] = lambda _: None) -> Published:
    """Do what was proposed.

    Args:
        proposal: what somebody has agreed to.
        watcher: who looks on while the stack is deployed.
        say: is told of each step after that.

    Returns:
        What came of it; a stack that failed and was rolled back is an outcome, not an exception.

    Raises:
        BadVersionError: Service Catalog does not take the template; the version is gone again.
        ShareError: not everybody has got the portfolio; the version is there.
    """
    publication = proposal.publication
    session, plan = publication.session, proposal.planned.plan
    outcome = None
    if not plan.is_empty:
        state = find_stack(session, publication.stack)
        outcome = deployer.deploy(publication.deployment(state), watcher, plan=plan)
        if not outcome.succeeded:
            return Published(outcome=outcome)
    with explained():
        _open_bucket(publication, proposal.opened_for, say)
    product = require(session, publication.stack)
    with explained():
        pruned = Pruning()
        if not proposal.there and len(product.versions) >= versions.LIMIT:
            say("Making room for a version")
            pruned = pruning.prune(session, product.id, proposal.pruning)
        added = not proposal.there and publication.digest not in {each.digest for each in product.versions}
        version = proposal.there.id if proposal.there else _added(publication, product, say)
        if not proposal.shares.is_empty:
            say("Sharing the portfolio")
            shares.share(session, product.portfolio, proposal.shares)
        if pruned.is_empty and not proposal.pruning.is_empty:
            say("Looking after old versions")
            pruned = pruning.prune(session, product.id, proposal.pruning)
    product = require(session, publication.stack)
    found = next(each for each in product.versions if each.id == version)
    is_first = proposal.product is None
    return Published(outcome=outcome, product=product, version=found, added=added or is_first, pruned=pruned)


def _added(publication: Publication, product: Product, say: Callable[[str], None]) -> str:
    """Return the ID of the version, which the stack or a run that was cut off may have made already."""
    begun = next((each.name for each in product.versions if each.digest == publication.digest), None)
    say(f"Adding version {publication.name}" if begun is None else f"Waiting for version {begun}")
    return versions.add(
        publication.session,
        product.id,
        name=begun or publication.name,
        description=publication.description,
        url=publication.url,
    )


def _open_bucket(publication: Publication, organization: str, say: Callable[[str], None]) -> None:
    """Let the accounts of an organization read the templates, before they are offered any."""
    if not organization:
        return
    say(f"Letting the accounts of {organization} read the templates")
    outcome = artifacts.make_bucket(publication.session, Watcher(), organization=organization)
    if not outcome.succeeded:
        message = f"the bucket {publication.bucket} could not be opened: {outcome.explain()}"
        raise DeployError(message)
