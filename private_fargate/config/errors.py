"""Mistakes in an environment's file, in the words of the person who will mend them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake: where it stands, what is wrong with what is there, and what to write instead.

    Attributes:
        file: path of the file as it was given.
        line: counted from 1; 0 where the file as a whole is meant.
        setting: dotted path of the setting; empty where the file as a whole is meant.
        what: what is wrong, with the value got.
        remedy: what to write instead.
    """

    file: str
    line: int
    setting: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Return the line that a person reads."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        setting = f"{self.setting}: " if self.setting else ""
        return f"{place}: {setting}{self.what}; {self.remedy}"


class ConfigError(UserError):
    """All mistakes of an environment's file and of those that it extends."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Keep the mistakes in the order of their lines."""
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
