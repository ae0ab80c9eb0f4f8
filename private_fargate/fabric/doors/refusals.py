"""Why a door refuses, in the words of AWS; each protocol has its own form for it."""

from __future__ import annotations

from typing import Literal, TypeAlias

Reason: TypeAlias = Literal[
    "denied",
    "unknown key",
    "unsigned",
    "wrong scope",
    "bad signature",
    "unknown operation",
    "malformed",
    "too large",
    "unavailable",
]

SIGNATURE_WORDS = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)


class Refused(Exception):  # noqa: N818 -- it is an answer to a client, and no fault of ours
    """A request is not served; the text is what AWS says."""

    def __init__(self, reason: Reason, words: str) -> None:
        """Keep why, by which each protocol finds its code, and the words."""
        super().__init__(words)
        self.reason: Reason = reason
        self.words = words
