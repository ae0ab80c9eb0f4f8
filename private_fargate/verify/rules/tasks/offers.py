"""Rules about the sizes of tasks that a launch form offers: each that can be chosen has to be sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import definitions
from private_fargate.verify.rules.tasks.sizes import amount, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.forms import Form

_SIZES: Final = "AmazonECS/latest/developerguide/task-cpu-memory-error.html"
_FEW: Final = 3


@rule(
    "TASK-039",
    "warning",
    "Each pair of CPU and memory that can be chosen at the launch is one that Fargate sells",
    symptom="No Fargate configuration exists for given values.",
    fix="List the sizes in AllowedValues, and write a rule in Rules for each CPU: Fn::Or of Fn::Not of "
    "Fn::Equals with that CPU, and of Fn::Contains with the amounts of memory that go with it.",
    source=_SIZES,
)
def sizes_on_offer_are_sold(model: Model) -> Iterator[Fault]:
    """AllowedValues checks one parameter alone, so that a form offers pairs that nobody sells."""
    launch = model.system.launch
    for definition in definitions(model):
        resource = definition.resource
        names = {key: launch.parameter_of(resource, key) for key in ("Cpu", "Memory")}
        asked = {key: name for key, name in names.items() if name is not None}
        if not asked:
            continue
        fixed = {key: amount(resource.get(key)) for key in names if key not in asked}
        about = resource.address, *asked.items(), *fixed.items()
        for message in launch.once(about, lambda: tuple(_faults(launch.form, asked, fixed))):  # noqa: B023
            yield Fault(resource, message, (next(iter(asked)),), definition.breaks)


def _faults(form: Form, asked: Mapping[str, str], fixed: Mapping[str, int | None]) -> Iterator[str]:
    """Say what is wrong with an offer; it is the same in every world."""
    limited = [name for name in dict.fromkeys(asked.values()) if form.allowed(name)]
    for name in dict.fromkeys(asked.values()):
        if name not in limited and form.explores:
            yield f"{name} can be anything, for it has no AllowedValues"
    if len(limited) < len(set(asked.values())):
        return
    refused = [
        " and ".join(f"{name} {value}" for name, value in values.items())
        for values in form.together(limited)
        if _is_refused({**fixed, **{key: amount(values[name]) for key, name in asked.items()}})
    ]
    if refused:
        more = f", and {len(refused) - _FEW} more" if len(refused) > _FEW else ""
        yield f"no size that Fargate sells, but to be chosen: {'; '.join(refused[:_FEW])}{more}"


def _is_refused(size: Mapping[str, int | None]) -> bool:
    return refusal(size["Cpu"], size["Memory"]) is not None


RULES: Final[tuple[Rule, ...]] = (sizes_on_offer_are_sold,)
