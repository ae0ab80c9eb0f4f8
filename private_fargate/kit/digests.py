"""Find one image's digest among entries `name=sha256:…`, with what CloudFormation can do."""

from __future__ import annotations

from troposphere import Join, Select, Split

from private_fargate.kit import kinds


def digest_of(name: str, entries: kinds.ImageDigests | None, *, default: str) -> kinds.ImageDigest:
    """Return the wire that carries the digest of a service.

    Args:
        name: of the service.
        entries: `name=sha256:…`, separated by commas, in any order; None for no entries.
        default: digest where there is no entry; empty for no image.
    """
    if entries is None:
        return kinds.ImageDigest.given(default)
    # The default stands behind the entries, so that there is always something to find.
    haystack = Join("", [",", entries, f",{name}={default},"])
    after_name = Select(1, Split(f",{name}=", haystack))
    return kinds.ImageDigest.given(Select(0, Split(",", after_name)))
