"""From an environment's file to what is rolled out: its templates, where all targets can read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from private_fargate import building, deploying
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import DeployError, code_of, explained
from private_fargate.errors import UserError
from private_fargate.plan.trees import PARENT
from private_fargate.rollout.causes import readers
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.outcomes import readers_of
from private_fargate.rollout.rolling import Order
from private_fargate.rollout.targets import check_values, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher
    from private_fargate.rollout.causes import Readers
    from private_fargate.whereabouts import Where


class UnreadableError(DeployError):
    """Other accounts cannot read the templates."""


class UnknownBucketError(UserError):
    """There is no bucket of the name that was given."""


def stack_set_of(path: Path, where: Where) -> tuple[Environment, StackSet]:
    """Return an environment and its StackSet, whether this is there or not.

    Args:
        path: the environment's file.
        where: whose credentials; the Region of the StackSet, the first of the settings if none is named; and
            its name, if that is not the environment's.

    Raises:
        TargetError: the settings say nothing of a rollout.
    """
    environment = building.load(path)
    settings = settings_of(environment, path)
    session = where.session(environment)
    name = where.stack or environment.name
    return environment, StackSet(session=session, name=name, delegated=settings.delegated_administrator)


def order_of(
    path: Path,
    where: Where,
    *,
    bucket: str | None = None,
    may_bootstrap: Watcher | None = None,
    remove: bool | None = None,
) -> Order:
    """Return what is rolled out, its templates uploaded; those that are not built and proven yet are now.

    Args:
        path: the environment's file.
        where: as of `stack_set_of`.
        bucket: for the templates; None takes the account's own.
        may_bootstrap: makes that one if it is missing; None refuses.
        remove: as of an order.

    Raises:
        UserError: the settings are wrong, or something objects to the templates.
        UnknownBucketError: the bucket that was named is not there.
        UnreadableError: only this account may read the bucket.
    """
    environment, stack_set = stack_set_of(path, where)
    templates = deploying.templates_of(path, kind="rollout")
    # Before a bucket is made for them.
    check_values(settings_of(environment), json.loads(templates[PARENT]).get("Parameters", {}))
    session = stack_set.session
    with explained():
        if bucket is not None:
            _require(session, bucket)
        chosen = bucket or deploying.bucket_of(session, may_bootstrap, may_choose=True)
        _check_readable(session, chosen, settings_of(environment))
        packed = package(session, templates, chosen)
    return Order(
        stack_set=stack_set,
        environment=environment,
        package=packed,
        bucket=chosen,
        templates=templates,
        remove=remove,
    )


def readers_for(stack_set: StackSet, settings: Rollout, role: str | None) -> Readers:
    """Return who reads in the target accounts: the role of that name, else the execution role of ours."""
    return readers_of(stack_set, settings, readers(stack_set.session, role or ""))


def _require(session: Session, bucket: str) -> None:
    """Make sure that a bucket is there; whoever may not look for it is told by what comes next."""
    try:
        session.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if code_of(error) in {"403", "AccessDenied"}:
            return
        if code_of(error) not in {"404", "NoSuchBucket"}:
            raise
        message = (
            f"--bucket: there is no bucket {bucket}; correct the name, or leave it out: the account's own "
            "bucket for templates is taken then, which `build.py bootstrap` makes"
        )
        raise UnknownBucketError(message) from error


def _check_readable(session: Session, bucket: str, settings: Rollout) -> None:
    """Make sure that other accounts are let into the bucket: nested templates are read with their rights."""
    account = session.client("sts").get_caller_identity()["Account"]
    if settings.permissions == "self-managed" and {*settings.accounts} <= {account}:
        return
    statements: list[dict[str, Any]] = []
    try:
        statements = json.loads(session.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    except ClientError as error:
        if code_of(error) != "NoSuchBucketPolicy":
            raise
    if not any(each["Effect"] == "Allow" for each in statements):
        message = (
            f"{bucket}: no other account may read it, and the nested stacks of the instances would fail; let "
            "those of the organization (`build.py bootstrap --organization o-…`), or name a bucket with "
            "--bucket whose policy lets the target accounts"
        )
        raise UnreadableError(message)
