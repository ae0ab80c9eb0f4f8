"""What can go wrong here that a person can mend."""

from __future__ import annotations

from typing import ClassVar

from private_fargate.errors import UserError


class FabricError(UserError):
    """The network cannot be built, found or asked on this machine; the text says why, and what to do."""

    exit_code: ClassVar[int] = 4


class NetworkNotReadError(FabricError):
    """A VPC is not there, or an AWS does not say what is in it; the text says which, and what to do."""
