"""Mistakes that a person can mend: shown as they are, without a traceback."""

from __future__ import annotations

from typing import ClassVar


class UserError(Exception):
    """The base of what the command line shows as a plain message.

    The message names what was asked for, what is wrong with it, and what to do instead.
    """

    exit_code: ClassVar[int] = 2


class UnknownEnvironmentError(UserError):
    """No environment has the name that was given."""


class NotOfferedError(UserError):
    """A product is asked for, and the settings of the environment say nothing of one."""


class UnknownRegionError(UserError):
    """A linter has never heard of a region of the environment."""

    def __init__(self, region: str, linter: str) -> None:
        """Name the region and the linter."""
        super().__init__(
            f"regions: {linter} does not know {region}; "
            f"correct the name, or update {linter} if the region is new"
        )
        self._named = (region, linter)

    def __reduce__(self) -> tuple[type[UnknownRegionError], tuple[str, str]]:
        """Let it come whole from another process."""
        return type(self), self._named


class OutputError(UserError):
    """The templates are good, but cannot be written; the old ones are as they were."""

    exit_code: ClassVar[int] = 4
