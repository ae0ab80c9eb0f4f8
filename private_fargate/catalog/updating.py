"""Updating what was launched: planned by Service Catalog, shown, agreed to, executed, followed to its end.

A plan of Service Catalog looks at the root stack alone: a nested stack is modified, and nothing is said of
what is in it.  Where both the deployed templates and those of the new version can be read, they are compared,
so that what is replaced deep inside is told before it happens.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from private_fargate.catalog import records
from private_fargate.catalog.differences import published
from private_fargate.catalog.launching import kept, pairs, token_of
from private_fargate.catalog.offers import Offer  # noqa: TC001 - as above
from private_fargate.catalog.paging import paged
from private_fargate.catalog.planned import changes_of, completed
from private_fargate.catalog.provisioned import Provisioned, StateError, outputs_of
from private_fargate.catalog.records import Result
from private_fargate.catalog.versions import template_url
from private_fargate.deploy.deployed import deployed_template
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import AccessError, DeployError, explained, pages
from private_fargate.plan.comparing import compare
from private_fargate.plan.digests import digest_of
from private_fargate.plan.judging import Planned
from private_fargate.plan.model import Plan
from private_fargate.plan.trees import TemplateError, template_of

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher

_OURS: Final = "private-fargate-"
_DEADLINE: Final = 1_800  # seconds, as for a change set
_NO_CHANGES: Final = ("didn't contain changes", "No updates are to be performed")
_INSIDE: Final = (
    "what changes inside of nested stacks is not told: the templates of this version cannot be read by you"
)


class PlanError(DeployError):
    """Service Catalog found that an update cannot be made; nothing was done."""

    exit_code = 1


class Reviewer(Protocol):
    """Who looks on, and is asked about a plan; whatever it raises calls the update off."""

    def review(self, planned: Planned) -> None:
        """Look at a plan whose templates are known."""

    def agree(self, plan: Plan) -> None:
        """Look at a plan of which nothing more is known."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is to be updated, and to what.

    Attributes:
        there: what was launched.
        offer: the version that it is to have.
        parameters: values that are said anew.
        kept: parameters that keep the values that they have.
        tags: said anew; none leaves them as they are.
    """

    there: Provisioned
    offer: Offer
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def token(self) -> str:
        """What tells this from every other update, also from the same one asked for at another time."""
        what = (self.there.id, self.there.record, self.offer.version.id, self.offer.path)
        return token_of([*what, dict(self.parameters), sorted(self.kept), dict(self.tags)])


def values_of(session: Session, there: Provisioned) -> dict[str, str]:
    """Return the values of the launch form that something launched has; empty if they may not be seen."""
    name = f"SC-{records.account_of(session)}-{there.id}"
    try:
        with explained():
            stacks = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except AccessError:
        raise
    except DeployError:
        return {}
    return {each["ParameterKey"]: each["ParameterValue"] for each in stacks[0].get("Parameters", [])}


def update(session: Session, asked: Update, watcher: Watcher, reviewer: Reviewer) -> Result:
    """Plan an update, have it looked at, execute it and follow it to its end.

    An update that is under way is joined.

    Args:
        session: where, and as whom.
        asked: for what.
        watcher: who looks on.
        reviewer: who agrees; the plan is removed if nobody does.

    Raises:
        StateError: it is in a state in which it cannot be updated.
        PlanError: the update cannot be made.
        LeftRunningError: Ctrl-C; it goes on.
        DeployError: Service Catalog refuses, or the end was not seen in time.
    """
    there = asked.there
    with explained():
        if there.status == "UNDER_CHANGE":
            return records.follow(session, records.read(session, there.record), watcher)
        if there.status not in {"AVAILABLE", "TAINTED"}:
            raise StateError(there.in_words())
        _clear_up(session, there)
        plan_id = _begin(session, asked)
        try:
            described = _await_plan(session, plan_id)
            if described is None:
                _forget(session, plan_id)
                return _unchanged(session, there)
            _review(session, asked, described, reviewer)
        except BaseException:  # an interrupt is a "no", too
            _forget(session, plan_id)
            raise
        said = session.client("servicecatalog").execute_provisioned_product_plan(
            PlanId=plan_id, IdempotencyToken=plan_id
        )
    return records.follow(session, records.record_of(said["RecordDetail"]), watcher)


def _begin(session: Session, asked: Update) -> str:
    said = session.client("servicecatalog").create_provisioned_product_plan(
        PlanName=f"{_OURS}{asked.token[-16:]}",
        PlanType="CLOUDFORMATION",
        ProductId=asked.offer.product,
        ProvisioningArtifactId=asked.offer.version.id,
        PathId=asked.offer.path,
        ProvisionedProductName=asked.there.name,
        ProvisioningParameters=[*pairs(asked.parameters), *kept(asked.kept - asked.parameters.keys())],
        IdempotencyToken=uuid.uuid4().hex,  # a plan that was removed is not to be answered with
        **({"Tags": pairs(asked.tags)} if asked.tags else {}),
    )
    return str(said["PlanId"])


def _clear_up(session: Session, there: Provisioned) -> None:
    """Remove plans of runs that were cut off; those of others stay."""
    client = session.client("servicecatalog")
    for page in pages(client, "list_provisioned_product_plans", ProvisionProductId=there.id):
        for plan in page["ProvisionedProductPlans"]:
            if plan["PlanName"].startswith(_OURS):
                _forget(session, plan["PlanId"])


def _forget(session: Session, plan_id: str) -> None:
    session.client("servicecatalog").delete_provisioned_product_plan(PlanId=plan_id, IgnoreErrors=True)


def _await_plan(session: Session, plan_id: str) -> list[dict[str, Any]] | None:
    """Return the resources that change as soon as they are known; None if none do.

    Raises:
        PlanError: the update cannot be made.
    """
    client = session.client("servicecatalog")
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses():
        answers = list(paged(client.describe_provisioned_product_plan, PlanId=plan_id))
        details = answers[0]["ProvisionedProductPlanDetails"]
        if details["Status"] == "CREATE_SUCCESS":
            return [change for page in answers for change in page.get("ResourceChanges", [])]
        if details["Status"] == "CREATE_FAILED":
            reason = str(details.get("StatusMessage", "AWS gave no reason"))
            if any(text in reason for text in _NO_CHANGES):
                return None
            message = f"the update cannot be made: {reason}"
            raise PlanError(message)
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    message = f"the plan {plan_id} was not ready after {_DEADLINE} s"
    raise DeployError(message)


def _review(session: Session, asked: Update, described: list[dict[str, Any]], reviewer: Reviewer) -> None:
    """Have a plan looked at, with all that can be known of it."""
    account = records.account_of(session)
    values = {**values_of(session, asked.there), **asked.parameters}
    plan = Plan(
        stack=asked.there.name,
        kind="UPDATE",
        digest=asked.token,
        parameters=dict(asked.parameters),
        region=session.region,
        account=account,
        changes=changes_of(described),
    )
    try:
        with explained():
            templates = _templates(session, asked.offer)
            new = template_of(templates, values)
            old = deployed_template(session, f"SC-{account}-{asked.there.id}")
        plan = replace(
            plan, digest=digest_of(templates, values), changes=completed(plan.changes, compare(old, new))
        )
    except AccessError:
        raise
    except (DeployError, TemplateError, json.JSONDecodeError):
        reviewer.agree(replace(plan, notes=(_INSIDE,)))
        return
    reviewer.review(Planned(plan=plan, old=old, new=new))


def _templates(session: Session, offer: Offer) -> dict[str, bytes]:
    """Return the templates of a version.

    Raises:
        DeployError: they may not be read.
    """
    url = template_url(session, offer.product, offer.version.id)
    if not url:
        message = f"{offer.version.name}: Service Catalog does not tell where its templates are"
        raise DeployError(message)
    return published(session, url)


def _unchanged(session: Session, there: Provisioned) -> Result:
    return Result(
        name=there.name,
        id=there.id,
        status=there.status,
        succeeded=True,
        changed=False,
        outputs=outputs_of(session, there.id),
    )
