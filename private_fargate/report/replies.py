"""What services answered, for people and programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from private_fargate.live.replies import Reply

_NO_BREAK = 72  # characters of a page's first line


def replies_view(replies: Sequence[Reply]) -> RenderableType:
    """Return each reply: whether it is good, how long it took, how it begins, and the way it came."""
    lines: list[Text] = []
    for reply in replies:
        good = ("ok    ", "green") if reply.is_good else ("failed", "bold red")
        what = f"{reply.status} in {reply.seconds:.3f} s" if reply.status else reply.error
        lines.extend(
            (
                Text.assemble(good, "  ", (reply.service, "bold"), f"  {reply.url}  {what}"),
                Text(f"        from {reply.way}", "dim"),
            )
        )
        if first := " ".join(reply.body.split())[:_NO_BREAK]:
            lines.append(Text(f"        {first}", "cyan"))
    return Group(*lines)


def replies_document(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Return the same for programs."""
    return [{**asdict(reply), "good": reply.is_good} for reply in replies]
