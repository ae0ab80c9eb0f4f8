"""What a door wants to know of the authority over an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.authority import Call, Caller, Verdict


class Judge(Protocol):
    """Whoever knows whose a key is, and what its owner may do."""

    def caller(self, access_key: str) -> Caller | None:
        """Return whose key this is; None if nobody has it."""
        ...

    def judge(
        self,
        caller: Caller | None,
        call: Call,
        policy: Mapping[str, Any] | None,
        *,
        resource_policy: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Say whether a call is allowed that comes by an endpoint with this policy."""
        ...
