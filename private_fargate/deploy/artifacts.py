"""The bucket from which the stacks of an account and region are deployed: its name, and how it gets there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_fargate.aws.buckets import artifact_bucket
from private_fargate.deploy.change_set import EmptyChangeSetError, create, execute, request_for
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.following import Outcome, followed
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import Package, canonical
from private_fargate.deploy.protection import protect
from private_fargate.deploy.session import AccessError, DeployError, code_of, explained
from private_fargate.deploy.stack_state import find_stack, kind_for
from private_fargate.plan.digests import digest_of

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher

STACK = "private-fargate-artifacts"
_FILE = "artifacts.json"
_OTHER = ", or name another bucket with --bucket"


class MissingBucketError(DeployError):
    """There is no bucket for templates yet."""


def bucket_name(session: Session) -> str:
    """Return the name of the bucket for templates, whether it is there or not.

    Raises:
        AccessError: AWS does not know who is calling.
    """
    return artifact_bucket(_account(session), session.region)


def require_bucket(session: Session, *, may_choose: bool = False) -> str:
    """Return the name of the bucket for templates, which is there and is the caller's own.

    Args:
        session: where.
        may_choose: whether whoever asks could name another bucket, which the message then tells.

    Raises:
        MissingBucketError: it is not there; the message names the command that makes it.
        AccessError: it is somebody else's, or may not be read.
    """
    name = bucket_name(session)
    other = _OTHER if may_choose else ""
    if not _is_ours(session, name, other):
        makes = "`build.py bootstrap` makes it"
        message = f"there is no bucket {name} for templates in {session.region}; {makes}{other}"
        raise MissingBucketError(message)
    return name


def bootstrap(
    session: Session, template: bytes, watcher: Watcher, *, organization: str | None = None
) -> Outcome:
    """Bring the bucket for templates into being, or to what the template says.

    A run that was cut off is joined or finished.

    Args:
        session: where.
        template: of the bucket's stack, as JSON.
        watcher: who looks on.
        organization: whose accounts may read, as `o-…`; empty for none, None to leave that as it is.

    Returns:
        How it ended; a stack that failed and was rolled back is an outcome, not an exception.

    Raises:
        DeployError: the bucket is there and does not belong to the stack, or the stack is stuck.
    """
    with explained():
        state = find_stack(session, STACK)
        if state is not None and state.is_in_progress:
            goal = "UPDATE_COMPLETE" if "UPDATE" in state.status else "CREATE_COMPLETE"
            followed(EventFeed.open(session, state.arn), goal, watcher, joined=True)
            state = find_stack(session, STACK)
        kind = kind_for(STACK, state)
        if kind == "CREATE":
            _refuse_strangers(session)
        parameters = {} if organization is None else {"OrganizationId": organization}
        options = StackOptions(is_protected=True)
        request = request_for(
            session,
            STACK,
            state,
            Package(parent=_compact(template), url=None, uploaded=0, already_there=0),
            parameters=parameters,
            options=options,
            digest=digest_of({_FILE: template}, parameters),
            purpose="deploy",
        )
        try:
            made = create(session, request, owns_stack=state is None)
        except EmptyChangeSetError:
            outcome = _unchanged(session)
        else:
            feed = EventFeed.open(session, made.stack_arn)
            execute(session, made)
            outcome = followed(feed, f"{kind}_COMPLETE", watcher)
        now = find_stack(session, STACK)
        if outcome.succeeded and now is not None:
            protect(session, now, options)
        return outcome


def _compact(template: bytes) -> bytes:
    """Return a template as it is sent: without the white space that counts against the limit."""
    return canonical(json.loads(template))


def _unchanged(session: Session) -> Outcome:
    state = find_stack(session, STACK)
    if state is None:
        message = f"{STACK} is not there, and there is nothing to create: its template holds no resource"
        raise DeployError(message)
    return Outcome(
        stack_arn=state.arn, status=state.status, succeeded=True, changed=False, outputs=state.outputs
    )


def _refuse_strangers(session: Session) -> None:
    name = bucket_name(session)
    if _is_ours(session, name):
        message = (
            f"the bucket {name} is there, but the stack {STACK} is not: it was made by hand, or kept when "
            "the stack was deleted. Import it into a stack of that name "
            "(`aws cloudformation create-change-set --change-set-type IMPORT`), "
            "or remove it if no stack points to it"
        )
        raise DeployError(message)


def _is_ours(session: Session, bucket: str, other: str = "") -> bool:
    """Say whether a bucket is there.

    The name can be guessed, so somebody else may have taken it to be sent our templates: the owner is asked
    for, too.

    Args:
        session: where.
        bucket: its name.
        other: what else can be done if it is somebody else's.

    Raises:
        AccessError: it is somebody else's, or may not be read.
    """
    with explained():
        try:
            session.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=_account(session))
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchBucket"}:
                return False
            if code_of(error) not in {"403", "AccessDenied"}:
                raise
            message = (
                f"the bucket {bucket} belongs to another account, or s3:ListBucket on it is not allowed; "
                f"ask for that right{other}"
            )
            raise AccessError(message) from error
    return True


def _account(session: Session) -> str:
    with explained():
        return str(session.client("sts").get_caller_identity()["Account"])
