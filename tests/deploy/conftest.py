"""A place to deploy to, and a name there for each test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Protocol

import pytest

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from tests.deploy.house import BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from private_fargate.plan.judging import Planned
    from private_fargate.plan.model import Plan


class Onlooker(Watcher):
    """A watcher made of two functions."""

    def __init__(self, review: Callable[[Plan], None], show: Callable[[Event], None]) -> None:
        self._review, self._show = review, show

    def review(self, planned: Planned) -> None:
        self._review(planned.plan)

    def show(self, event: Event) -> None:
        self._show(event)


class Deploy(Protocol):
    """How the tests deploy: to a stack of the test, with what they do not care about filled in."""

    def __call__(
        self,
        templates: dict[str, bytes],
        *,
        review: Callable[[Plan], None] = ...,
        show: Callable[[Event], None] = ...,
        **parameters: str,
    ) -> Outcome: ...


@pytest.fixture(scope="session")
def aws(embedded_aws: EmbeddedAws) -> Session:
    session = connect_to(embedded_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture
def stack(aws: Session) -> Iterator[str]:
    """A name of its own for each test, and no stack of that name afterwards."""
    name = f"house-{uuid.uuid4().hex[:8]}"
    yield name
    aws.client("cloudformation").delete_stack(StackName=name)


@pytest.fixture
def deploy_house(aws: Session, stack: str) -> Deploy:
    def run(
        templates: dict[str, bytes],
        *,
        review: Callable[[Plan], None] = lambda _: None,
        show: Callable[[Event], None] = lambda _: None,
        **parameters: str,
    ) -> Outcome:
        deployment = Deployment(
            session=aws,
            stack=stack,
            templates=templates,
            bucket=BUCKET,
            parameters=parameters,
            options=StackOptions(tags={"Team": "tests"}),
        )
        return deploy(deployment, Onlooker(review, show))

    return run
