"""One deployment from templates to outputs: planned, agreed to, executed, followed to its end.

AWS goes on when its client dies, and nothing here relies on the client: whatever a run that was cut off has
begun is found by its name, its token or its entry in the lease, and joined, finished or cleared away.
"""

from __future__ import annotations

import time
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from private_fargate.deploy import lease as leases
from private_fargate.deploy.change_set import (
    OURS,
    ChangeSet,
    EmptyChangeSetError,
    create,
    discard,
    execute,
    find_change_set,
    request_for,
)
from private_fargate.deploy.deployed import deployed_template
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.following import Outcome, followed
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import package
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.planning import changes_in
from private_fargate.deploy.protection import protect, setting_changes
from private_fargate.deploy.session import DeployError, Session, explained
from private_fargate.deploy.stack_state import StackState, find_stack, kind_for
from private_fargate.plan.comparing import compare
from private_fargate.plan.digests import digest_of, template_digests
from private_fargate.plan.judging import Planned
from private_fargate.plan.model import Change, Plan
from private_fargate.plan.trees import StackTemplate, TemplateError, template_of

if TYPE_CHECKING:
    from private_fargate.deploy.lease import Lease
    from private_fargate.deploy.watching import Watcher

_PATIENCE = 7_200  # seconds to wait for somebody else's operation, where waiting is wanted

_NO_RESOURCE = "no resource changes; outputs do, or where the templates lie"
_ROOT_ONLY = "what was changed by hand is brought back in the root stack only: AWS looks into no other then"

_GOAL = {"CREATE": "CREATE_COMPLETE", "UPDATE": "UPDATE_COMPLETE"}


class OutdatedPlanError(DeployError):
    """A plan no longer says what would be done."""

    exit_code = 3


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What is to be deployed, and where.

    Attributes:
        session: The account and region.
        stack: The name of the root stack.
        templates: File name -> JSON; `parent.json` is the root.
        bucket: Where the templates are put; it exists.
        parameters: Of the root; others keep their values.
        options: Of the root: tags, protection, alarms.
    """

    session: Session
    stack: str
    templates: Mapping[str, bytes]
    bucket: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    options: StackOptions = field(default_factory=StackOptions)

    @property
    def digest(self) -> str:
        """What tells these templates and parameters from all others."""
        return digest_of(self.templates, self.parameters)


def make_plan(deployment: Deployment) -> Planned:
    """Return what a deployment would do; its change set is left for `deploy` or `forget`.

    Raises:
        DeployError: the stack is in no state to be changed, or AWS found the change impossible.
    """
    with explained():
        state = find_stack(deployment.session, deployment.stack)
        kind_for(deployment.stack, state)
        return _plan(deployment, state, purpose="plan", owns_stack=state is None)


def forget(session: Session, plan: Plan) -> None:
    """Take a plan's change set away, and the stack that is there only because of it."""
    if plan.change_set:
        with explained():
            discard(session, plan.change_set, plan.stack_arn if plan.kind == "CREATE" else None)


def deploy(
    deployment: Deployment, watcher: Watcher, *, plan: Plan | None = None, patience: float = 0
) -> Outcome:
    """Bring a stack and its nested stacks to what the templates say.

    If the same deployment is under way already it is joined.

    Args:
        deployment: of what.
        watcher: who looks on; whatever its review raises calls the deployment off, and clears up.
        plan: a plan made earlier, which is executed as it is.
        patience: seconds to wait for somebody else's deployment of this stack; 0 refuses at once.

    Returns:
        How it ended; a deployment that failed and was rolled back is an outcome, not an exception.

    Raises:
        BusyError: somebody else is deploying this stack.
        OutdatedPlanError: the plan is for other templates, or the stack has changed since.
        StuckError: the stack is in a state from which only a person gets it out.
        LeftRunningError: Ctrl-C, and AWS was to go on.
        DeployError: it could not be begun, or its end was not seen in time.
    """
    session, stack = deployment.session, deployment.stack
    with (
        explained(),
        leases.held(
            session,
            deployment.bucket,
            stack,
            deployment.digest,
            patience=patience,
            waiting=watcher.wait_for,
        ) as lease,
    ):
        state = find_stack(session, stack)
        if state is not None and state.is_in_progress:
            if _is_same(session, state, deployment.digest):
                return _protected(deployment, _join(session, state, watcher, lease))
            state = _settled(session, stack, patience, lease)
        kind_for(stack, state)
        if plan is not None:
            return _protected(deployment, _execute_plan(deployment, plan, watcher, lease))
        return _protected(deployment, _deploy(deployment, state, watcher, lease))


def _deploy(deployment: Deployment, state: StackState | None, watcher: Watcher, lease: Lease) -> Outcome:
    _clear_up(deployment, state, lease)
    owns_stack = state is None or (state.next == "create" and _made_by(lease))
    planned = _plan(deployment, state, purpose="deploy", owns_stack=owns_stack, lease=lease)
    plan = planned.plan
    try:
        if not plan.is_empty:
            watcher.review(planned)
    except BaseException:  # an interrupt is a "no", too
        if plan.change_set:
            discard(deployment.session, plan.change_set, plan.stack_arn if owns_stack else None)
        raise
    lease.note()  # somebody may have thought about it for long, and another deployer have taken over
    if not plan.change_set:
        return _unchanged(deployment, changed=bool(plan.settings))
    return _execute(deployment.session, plan, watcher, lease)


def _execute_plan(deployment: Deployment, plan: Plan, watcher: Watcher, lease: Lease) -> Outcome:
    """Execute the change set of a plan, if it is still what would be done."""
    if plan.digest != deployment.digest:
        message = "the plan is for other templates or parameters; make a new one (`build.py plan`)"
        raise OutdatedPlanError(message)
    state = find_stack(deployment.session, deployment.stack)
    was_executed = state is not None and (state.change_set, state.status) == (
        plan.change_set,
        _GOAL.get(plan.kind),
    )
    if not plan.change_set or was_executed:
        return _unchanged(deployment, changed=bool(plan.settings))
    said = find_change_set(deployment.session, plan.change_set)
    if said is None:
        message = (
            "the plan's change set is gone: it was executed or deleted; make a new plan (`build.py plan`)"
        )
        raise OutdatedPlanError(message)
    if said["ExecutionStatus"] != "AVAILABLE":
        message = (
            f"the plan's change set is {said['ExecutionStatus']}: the stack has changed since; "
            "make a new plan (`build.py plan`)"
        )
        raise OutdatedPlanError(message)
    return _execute(deployment.session, plan, watcher, lease)


def _execute(session: Session, plan: Plan, watcher: Watcher, lease: Lease) -> Outcome:
    kind: Literal["CREATE", "UPDATE"] = "CREATE" if plan.kind == "CREATE" else "UPDATE"
    change_set = ChangeSet(arn=plan.change_set, stack_arn=plan.stack_arn, kind=kind)
    feed = EventFeed.open(session, change_set.stack_arn)
    execute(session, change_set)
    return followed(feed, _GOAL[kind], watcher, show_life=lease.show_life)


def _plan(
    deployment: Deployment,
    state: StackState | None,
    *,
    purpose: Literal["deploy", "plan"],
    owns_stack: bool,
    lease: Lease | None = None,
) -> Planned:
    """Make the change set and read it; write down before what is about to be made."""
    session, stack = deployment.session, deployment.stack
    request = request_for(
        session,
        stack,
        state,
        package(session, deployment.templates, deployment.bucket),
        parameters=deployment.parameters,
        options=deployment.options,
        digest=deployment.digest,
        purpose=purpose,
    )
    if lease is not None:
        lease.note(change_set=request.name, makes_stack=owns_stack)
    given = {**(state.parameters if state else {}), **deployment.parameters}
    new = template_of(deployment.templates, given)
    old, notes = _deployed(session, stack) if request.kind == "UPDATE" else (None, ())
    plan = Plan(
        stack=stack,
        kind=request.kind,
        digest=deployment.digest,
        templates=template_digests(deployment.templates),
        parameters=dict(deployment.parameters),
        region=session.region,
        settings=setting_changes(session, state, deployment.options),
        stack_arn=state.arn if state else "",
        notes=notes,
    )
    if deployment.options.revert_drift:
        plan = replace(plan, notes=(*plan.notes, _ROOT_ONLY))
    try:
        made = create(session, request, owns_stack=owns_stack)
    except EmptyChangeSetError:
        return Planned(plan=plan, old=old, new=new)
    changes = changes_in(session, made.arn)
    if not notes:
        changes = _completed(changes, compare(old, new))
    account = made.arn.split(":")[4]
    if not changes:
        plan = replace(plan, notes=(*plan.notes, _NO_RESOURCE))
    plan = replace(plan, change_set=made.arn, stack_arn=made.stack_arn, changes=changes, account=account)
    return Planned(plan=plan, old=old, new=new)


def _deployed(session: Session, stack: str) -> tuple[StackTemplate | None, tuple[str, ...]]:
    """Return what is deployed, or None with a note if it cannot be read: others may have deployed it."""
    try:
        return deployed_template(session, stack), ()
    except TemplateError as error:
        return None, (f"{error}: what is deployed is compared by AWS alone, and all access is told as new",)


def _completed(said: tuple[Change, ...], derived: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return what AWS said, with what the templates tell of nested stacks into which it did not look."""
    known = {change.logical_id: change for change in derived}
    return tuple(
        replace(change, within=_completed(change.within, known[change.logical_id].within))
        if change.within and change.logical_id in known
        else replace(change, within=known[change.logical_id].within if change.logical_id in known else ())
        for change in said
    )


def _is_same(session: Session, state: StackState, digest: str) -> bool:
    """Say whether what is under way is what is to be deployed."""
    said = find_change_set(session, state.change_set) if state.change_set else None
    return said is not None and said.get("Description", "") == f"{OURS}{digest}"


def _join(session: Session, state: StackState, watcher: Watcher, lease: Lease) -> Outcome:
    watcher.join(state)
    feed = EventFeed.open(session, state.arn)
    kind = "UPDATE" if "UPDATE" in state.status else "CREATE"
    return followed(feed, _GOAL[kind], watcher, joined=True, show_life=lease.show_life)


def _settled(session: Session, stack: str, patience: float, lease: Lease) -> StackState | None:
    """Return the state of a stack after the operation that somebody else has begun on it.

    Raises:
        BusyError: it goes on after all patience.
    """
    deadline = time.monotonic() + patience
    for pause in pauses():
        state = find_stack(session, stack)
        if state is None or not state.is_in_progress:
            return state
        if time.monotonic() >= deadline:
            message = (
                f"{stack} is {state.status} since {state.since}: somebody deploys other templates to it; "
                "wait until that has ended, or let the command wait (--wait)"
            )
            raise leases.BusyError(message)
        lease.show_life()
        time.sleep(pause)
    raise AssertionError  # pragma: no cover - `pauses` has no end


def _made_by(lease: Lease) -> bool:
    return lease.taken_over is not None and lease.taken_over.makes_stack


def _clear_up(deployment: Deployment, state: StackState | None, lease: Lease) -> None:
    """Delete the change set of a run that was cut off, unless this run is going to use it."""
    left = lease.taken_over
    if left is None or not left.change_set or state is None or left.digest == deployment.digest:
        return
    said = find_change_set(deployment.session, left.change_set, stack=state.arn)
    if said is not None and not said["ExecutionStatus"].startswith("EXECUTE"):
        discard(deployment.session, said["ChangeSetId"], None)


def _unchanged(deployment: Deployment, *, changed: bool) -> Outcome:
    state = find_stack(deployment.session, deployment.stack)
    if state is None:
        message = f"{deployment.stack} is not there, and its templates hold nothing to create"
        raise DeployError(message)
    return Outcome(
        stack_arn=state.arn, status=state.status, succeeded=True, changed=changed, outputs=state.outputs
    )


def _protected(deployment: Deployment, outcome: Outcome) -> Outcome:
    """Bring what protects the stack to what was asked for, once it is there."""
    if outcome.succeeded:
        state = find_stack(deployment.session, outcome.stack_arn)
        if state is not None:
            protect(deployment.session, state, deployment.options)
    return outcome
