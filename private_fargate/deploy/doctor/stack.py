"""The stack, if there is one already: whether it takes a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.deploy.doctor.model import Check, failed, ok, unknown
from private_fargate.deploy.stack_state import StuckError, kind_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Case
    from private_fargate.live.checkup import Finding

_READING: Final = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")


def _state(case: Case) -> Iterator[Finding]:
    standing = case.standing
    if standing.untold:
        yield unknown(
            f"{standing.name}: {standing.untold}", f"this takes the permission {', '.join(_READING)}"
        )
        return
    if standing.state is None:
        yield ok(f"{standing.name}: no such stack yet; it will be made")
        return
    try:
        kind_for(standing.name, standing.state)
    except StuckError as error:
        found, _, remedy = str(error).partition(": ")
        yield failed(found, remedy)
        return
    yield ok(f"{standing.name}: {standing.state.status}; it takes {standing.state.next}")


STATE: Final = Check(name="stack", claim="the stack can be deployed to", calls=_READING, look=_state)
