"""Find one image's digest among entries `name=sha256:…`, with what CloudFormation can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troposphere import Join, Select, Split

from private_fargate.kit import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence


ENTRIES_PER_TEXT = 30  # of at most 121 characters each; the value of a parameter has room for 4,096


def text_numbers(names: int) -> list[str]:
    """Return the numbers of the texts that hold the entries of so many names."""
    return [str(number) for number in range(1, -(-names // ENTRIES_PER_TEXT) + 1)]


def digest_of(name: str, texts: Sequence[kinds.ImageDigests], *, default: str) -> kinds.ImageDigest:
    """Return the wire that carries the digest of a service.

    Args:
        name: of the service.
        texts: `name=sha256:…` entries, separated by commas, in any order and any of the texts.
        default: digest where there is no entry; empty for no image.
    """
    # The default stands behind the entries, so that there is always something to find.
    haystack = Join(",", ["", *texts, f"{name}={default}", ""])
    after_name = Select(1, Split(f",{name}=", haystack))
    return kinds.ImageDigest.given(Select(0, Split(",", after_name)))
