"""Rules of nftables as values: each with a comment by which its meaning is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Hook: TypeAlias = Literal["prerouting", "input", "forward", "output", "postrouting"]

_LONGEST_COMMENT: Final = 127  # NFTNL_UDATA_COMMENT_MAXLEN counts a zero byte at the end
_TABLE: Final = "fabric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        match: which packets it is about; empty for all.
        verdict: what becomes of them.
        comment: short and unlike others; empty for what only finds the way to other rules.
        meaning: one sentence on what it stands for.
    """

    match: str
    verdict: str
    comment: str = ""
    meaning: str = ""

    def text(self) -> str:
        """Return it as nft reads it."""
        words = [self.match, self.verdict]
        if self.comment:
            if len(self.comment.encode()) > _LONGEST_COMMENT:
                raise ValueError(self.comment)
            words.append(f'comment "{self.comment}"')
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Rules in their order; without a hook it is only jumped to.

    Attributes:
        priority: of those at the same hook, lower ones come first; what one accepts the next one sees.
        drops: what no rule is about; else it goes on.
    """

    name: str
    rules: tuple[Rule, ...]
    hook: Hook | None = None
    priority: int = 0
    drops: bool = False
    translates: bool = False

    def text(self) -> str:
        """Return it as nft reads it."""
        lines = [f"chain {self.name} {{"]
        if self.hook:
            kind = "nat" if self.translates else "filter"
            policy = "drop" if self.drops else "accept"
            lines.append(f"type {kind} hook {self.hook} priority {self.priority}; policy {policy};")
        lines += (rule.text() for rule in self.rules)
        return "\n  ".join(lines) + "\n}\n"


def render(chains: Iterable[Chain]) -> str:
    """Return a table for `nft -f -`; empty if no chain has a rule.  Chains that are jumped to come first."""
    body = "".join(each.text() for each in chains if each.rules)
    return f"table ip {_TABLE} {{\n{body}}}\n" if body else ""


def meanings(chains: Iterable[Chain]) -> dict[str, str]:
    """Return the sentence for each comment."""
    return {rule.comment: rule.meaning for each in chains for rule in each.rules if rule.comment}
