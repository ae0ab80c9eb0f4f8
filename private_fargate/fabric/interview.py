"""Questions to the services of one AWS, several at a time.

On AWS an answer takes a tenth of a second and a network takes dozens, so what does not need another answer
is asked at the same time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from private_fargate.deploy.session import pages

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from private_fargate.deploy.session import Session

_SERVICES = ("ec2", "ecs", "elbv2", "route53", "servicediscovery")
_AT_ONCE = 8

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An operation, and the part of its answer that is wanted: a list, or one thing."""

    service: str
    operation: str
    part: str
    arguments: Mapping[str, object]

    def answer(self, session: Session) -> list[Any]:
        """Return that part of every page, as one list."""
        found: list[Any] = []
        for page in pages(session.client(self.service), self.operation, **self.arguments):
            part = page[self.part]
            found += part if isinstance(part, list) else [part]
        return found


def question(service: str, operation: str, part: str, **arguments: object) -> Question:
    """Return a question to a service, by boto3's names for it and for the operation."""
    return Question(service=service, operation=operation, part=part, arguments=arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """A conversation with one AWS about one VPC."""

    session: Session
    vpc_id: str
    _pool: ThreadPoolExecutor

    def one(self, asked: Question) -> list[Any]:
        """Return the answer to a question."""
        return asked.answer(self.session)

    def all(self, questions: Mapping[_Key, Question]) -> dict[_Key, list[Any]]:
        """Ask questions together, and return the answers under the same keys, in the same order."""
        asked = {key: self._pool.submit(each.answer, self.session) for key, each in questions.items()}
        return {key: each.result() for key, each in asked.items()}


@contextmanager
def interview(session: Session, vpc_id: str) -> Generator[Interview]:
    """Yield a conversation; its threads are gone at the end of the block."""
    for service in _SERVICES:
        session.client(service)  # here, because they must not be made by several threads at once
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        yield Interview(session=session, vpc_id=vpc_id, _pool=pool)
    finally:
        pool.shutdown(cancel_futures=True)  # after a refusal, nobody waits for the other answers
