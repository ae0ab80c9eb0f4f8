"""What came back when a service was asked for its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_GOOD: Final = range(200, 400)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer of a service, or why there was none.

    Attributes:
        service: Who was asked.
        url: What for.
        way: From where, and through what.
        status: Of HTTP; 0 if nothing came.
        seconds: From the first packet to the last.
        body: Its first characters.
        error: Why nothing came; empty if something did.
    """

    service: str
    url: str
    way: str
    status: int = 0
    seconds: float = 0
    body: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the service answered, and not with a mistake."""
        return self.status in _GOOD and not self.error
