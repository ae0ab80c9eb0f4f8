"""One template tried on both sides: verified, deployed, and walked through by packets."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from private_fargate.errors import UserError
from tests.fabric.oracle.cases import RefusedError, deployed
from tests.fabric.oracle.claims import claims, errors, report
from tests.fabric.oracle.comparing import compare, in_order
from tests.fabric.oracle.observing import LONG_PATIENCE, observe
from tests.fabric.oracle.partly import reached_in_part

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from private_fargate.deploy.session import Session
    from tests.fabric.oracle.cases import Deployed
    from tests.fabric.oracle.claims import Claim
    from tests.fabric.oracle.comparing import Comparison


@dataclass(kw_only=True)
class Trial:
    """What came of a template.

    Attributes:
        comparison: None if it was refused, or its network could not be built.
        refusal: Why the embedded AWS refused to deploy it; None if it did not.
        failure: Why there are no packets to compare with; None if there are.
        errors: What the verifier found; a refusal that it did not foresee is a disagreement, too.
        seconds: How long each part took.
    """

    comparison: Comparison | None = None
    refusal: str | None = None
    failure: str | None = None
    errors: list[str] = field(default_factory=list[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def is_surprise(self) -> bool:
        """Whether it was refused without the verifier having a word against it."""
        return self.refusal is not None and not self.errors

    @property
    def problems(self) -> list[str]:
        """What is wrong, a line each: wherever one side says something else than the other, or nothing."""
        if self.is_surprise:
            return [f"not deployed, and verify has no error: {self.refusal}"]
        if self.failure is not None:
            return [f"no packets: {self.failure}"]
        if self.comparison is None:
            return []
        found = [str(each) for each in in_order(self.comparison.disagreements)]
        return [*found, *(f"{each}: nothing was tried" for each in self.comparison.unseen)]

    @property
    def agrees(self) -> bool:
        return not self.problems


def tried(session: Session, template: Mapping[str, Any], name: str) -> Trial:
    """Try a template under a name that no other stack has."""
    trial = Trial()
    with _timed(trial, "verify"):
        found = report(template, session.region)
        trial.errors = errors(found)
    with ExitStack() as deletion:
        try:
            with _timed(trial, "deploy"):
                stack = deletion.enter_context(deployed(session, template, name))
        except RefusedError as refused:
            trial.refusal = str(refused)
            return trial
        try:
            with _timed(trial, "observe"):
                trial.comparison = _compared(session, stack, template, claims(found))
        except UserError as error:
            trial.failure = str(error)
        began = time.perf_counter()
    trial.seconds["delete"] = time.perf_counter() - began
    return trial


def _compared(
    session: Session, stack: Deployed, template: Mapping[str, Any], claimed: Sequence[Claim]
) -> Comparison:
    """Compare claims with what packets do; a packet that is missing has a second, longer chance."""
    found = compare(claimed, observe(session, stack.vpc_id), stack.names)
    if any(each.verify for each in found.disagreements):
        found = compare(claimed, observe(session, stack.vpc_id, LONG_PATIENCE), stack.names)
    if found.disagreements:
        found = found.but_for(reached_in_part(template, session.region))
    return found


@contextmanager
def _timed(trial: Trial, part: str) -> Generator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        trial.seconds[part] = time.perf_counter() - began
