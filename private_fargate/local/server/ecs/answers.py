"""What ministack's ECS answers to a call inside the process."""

from __future__ import annotations

import json
from typing import Any


def unwrap(response: tuple[int, Any, bytes | str]) -> dict[str, Any]:
    """Return the body of an answer.

    Raises:
        ValueError: the call was refused; the text is ministack's reason.
    """
    status, _, body = response
    content: dict[str, Any] = json.loads(body) if body else {}
    if status >= 400:  # noqa: PLR2004 -- HTTP
        raise ValueError(content.get("message") or content.get("Message") or str(content))
    return content
