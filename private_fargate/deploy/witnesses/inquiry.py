"""Questions to AWS after a failure: a refusal is a fact like any other, and never a second failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from private_fargate.deploy.session import code_of
from private_fargate.plan.diagnosis import Evidence

if TYPE_CHECKING:
    from datetime import datetime

    from private_fargate.deploy.session import Session

# How an AWS says that it has no such operation: a real one, and an embedded one.
_UNKNOWN_OPERATION: Final = frozenset(
    {"InvalidAction", "UnknownOperationException", "NotImplemented", "UnsupportedOperation", "501"}
)


@dataclass
class Inquiry:
    """One search for facts; what is found is kept in the order in which it was noted."""

    session: Session
    facts: list[Evidence] = field(default_factory=list[Evidence])

    def note(self, source: str, fact: str, time: datetime | None = None) -> None:
        """Keep a fact, unless there is nothing in it or the same is known already."""
        evidence = Evidence(source=source, fact=fact.strip(), time=time)
        if evidence.fact and evidence not in self.facts:
            self.facts.append(evidence)

    def ask(self, service: str, operation: str, **arguments: object) -> dict[str, Any]:
        """Return an operation's answer; an empty one if AWS gives none, which is then noted.

        An operation that this botocore or that AWS does not have is nothing to note.
        """
        try:
            client = self.session.client(service)
            called = getattr(client, operation, None)
            return called(**arguments) if called is not None else {}
        except ClientError as error:
            code = code_of(error)
            if code not in _UNKNOWN_OPERATION:
                self.note(f"{service} {operation}", str(error))
        except (BotoCoreError, ResponseParserError) as error:
            self.note(f"{service} {operation}", str(error))
        return {}
