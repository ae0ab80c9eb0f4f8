"""A tiny image in the place of a real one, where no real one can be made.

Nothing of it can be run.  But the digest is real, so the second deployment goes the way that every later one
goes.
"""

from __future__ import annotations

from private_fargate.local.oci import Entry, Image, image, layer

_TEXT = b"A placeholder; push the image of the service in its place.\n"


def placeholder(architecture: str, reason: str = "") -> Image:
    """Return the placeholder for an architecture; always the same bytes.

    Args:
        architecture: in OCI's words, `amd64` or `arm64`.
        reason: why there is nothing better, for people.
    """
    return image(
        name="placeholder",
        title=f"a placeholder ({reason})" if reason else "a placeholder",
        architecture=architecture,
        layers=[layer([Entry(path="PLACEHOLDER", content=_TEXT)])],
        config={"Cmd": ["/PLACEHOLDER"]},
    )
