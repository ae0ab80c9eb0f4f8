"""Which versions of a product are deprecated, and which are removed.

The newest stay as they are.  Older ones are deprecated: nobody launches them any more, and what was launched
from them can still be updated.  They are removed when nothing uses them, as far as that can be known:

- AWS lists the provisioned products of one's own account only.  Once a portfolio is shared, others may use
  any version unseen, and none is removed unless a person says so.
- Deactivating, which hides a version, would take the update of their own version from those teams, and does
  not make room: as far as is known hidden versions count.
- The version with which the stack made the product stays: CloudFormation holds it to be a part of it.

Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.catalog import versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.catalog.versions import Version
    from private_fargate.deploy.session import Session

BY_STACK: Final = "the stack has made the product with it"
CURRENT: Final = "its templates are those that would be published"


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """What becomes of old versions.

    Attributes:
        deprecated: Those that can be launched no more.
        removed: Those that go, the oldest first.
        spared: Those that would go, and why they do not.
    """

    deprecated: tuple[Version, ...] = ()
    removed: tuple[Version, ...] = ()
    spared: tuple[tuple[Version, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.deprecated or self.removed)


def pruning(
    found: Sequence[Version],
    *,
    keep: int,
    kept: Mapping[str, str],
    uses: Mapping[str, int],
    shared: bool,
) -> Pruning:
    """Return what becomes of a product's versions.

    Args:
        found: all of them, the newest first.
        keep: how many of the newest stay as they are.
        kept: names of others that are not removed -> why.
        uses: version's ID -> provisioned products.
        shared: whether other accounts may use versions unseen.
    """
    old = found[keep:]
    reasons = {each.id: kept.get(each.name) or _reason(uses.get(each.id, 0), shared=shared) for each in old}
    removed = tuple(each for each in reversed(old) if not reasons[each.id])
    return Pruning(
        deprecated=tuple(
            each for each in old if reasons[each.id] not in {"", CURRENT} and not each.deprecated
        ),
        removed=removed,
        spared=tuple((each, reasons[each.id]) for each in old if reasons[each.id]),
    )


def _reason(count: int, *, shared: bool) -> str:
    """Return why a version is not removed; empty if it is."""
    if count:
        return f"{count} provisioned product{'s' if count > 1 else ''} of this account"
    return "other accounts may use it" if shared else ""


def prune(session: Session, product: str, agreed: Pruning) -> Pruning:
    """Deprecate and remove what was agreed to; return what was done.

    A person may take an hour to say yes, so what is in use by then is left, and only deprecated.
    """
    there = {each.id for each in versions.versions_of(session, product)}
    for each in agreed.deprecated:
        if each.id in there:
            versions.deprecate(session, product, each.id)
    used = versions.uses(session)
    gone: list[Version] = []
    left: list[tuple[Version, str]] = []
    for each in agreed.removed:
        if each.id not in there:
            continue
        if used[each.id] or not versions.delete(session, product, each.id):
            versions.deprecate(session, product, each.id)
            left.append((each, "it came into use meanwhile"))
        else:
            gone.append(each)
    return Pruning(deprecated=agreed.deprecated, removed=tuple(gone), spared=(*agreed.spared, *left))
