"""What a change does to the bill of a month, before anybody uses what is there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from private_fargate.plan.bill import positions
from private_fargate.plan.model import CostChange
from private_fargate.plan.pairs import ANYWHERE, pairs

if TYPE_CHECKING:
    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.model import Model
    from private_fargate.verify.templates.places import Place


def cost_change(old: StackTemplate | None, new: StackTemplate | None, place: Place = ANYWHERE) -> CostChange:
    """Return what changes in the bill, from the templates alone.

    Prices are those of `aws.prices`: one region, on demand.  Where something is open that a condition asks
    for, the bill is that of the first way in which it can turn out.

    Args:
        old: what is deployed; None if nothing is.
        new: what would be; None if nothing is to be left.
        place: where, as far as that is known.

    Raises:
        TemplateError: one of the templates is none.
    """
    found = pairs(old, new, place)
    before, unknown_before = _bill(found[0].before if found else None)
    after, unknown_after = _bill(found[0].now if found else None)
    lines = [
        (what, before.get(what, Decimal(0)), after.get(what, Decimal(0)))
        for what in dict.fromkeys([*before, *after])
    ]
    return CostChange(
        lines=tuple(line for line in lines if line[1] != line[2]),
        before=sum(before.values(), Decimal(0)),
        after=sum(after.values(), Decimal(0)),
        unknown=tuple(sorted({*unknown_before, *unknown_after})),
    )


def _bill(model: Model | None) -> tuple[dict[str, Decimal], set[str]]:
    """Return what is paid for with its price, and what has a price that is not known."""
    known: dict[str, Decimal] = {}
    unknown: set[str] = set()
    for what, monthly in positions(model.system) if model else ():
        if monthly is None:
            unknown.add(what)
        else:
            known[what] = known.get(what, Decimal(0)) + monthly
    return known, unknown
