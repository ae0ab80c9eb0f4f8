"""Who may do what in an account, decided from the policies that are deployed there."""

from __future__ import annotations

from private_fargate.fabric.authority.authority import Authority, Call, Verdict
from private_fargate.fabric.authority.people import Caller, Credentials, RoleRefusedError

__all__ = ["Authority", "Call", "Caller", "Credentials", "RoleRefusedError", "Verdict"]
