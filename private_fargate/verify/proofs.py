"""Paths as proofs, for people: what holds for each task, zone and need, and what could not be told.

A system is looked at in every world that its open conditions allow.  What is shown of a need is the world in
which it fares worst: a proof has to hold in all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from private_fargate.verify.findings import Proof, Step, Unproven
from private_fargate.verify.templates.stacks import STACK
from private_fargate.verify.templates.values import RANK, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.path import Path
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.combinations import Combinations

IN_ORDER: Final = "start in order"

_UNDERSTOOD: Final = ("AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", "AWS::Include")


class Proven:
    """What was proven of a system, gathered world by world."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._worst: dict[tuple[str, str, str], Proof] = {}
        self._open: dict[Unproven, None] = {}
        self._undecided: dict[str, None] = {}

    def add(self, model: Model) -> None:
        """Add what is proven in one world."""
        for proof in _of(model):
            key = (proof.task, proof.zone, proof.need)
            known = self._worst.get(key)
            if known is None or RANK[proof.holds] < RANK[known.holds]:
                self._worst[key] = proof
        self._open |= dict.fromkeys(_of_system(model))
        self._undecided |= dict.fromkeys(model.system.launch.undecided(model.system.world))

    def combinations(self, counted: Combinations) -> Combinations:
        """Add to what was counted what was still undecided in some world."""
        return replace(counted, missed=tuple(dict.fromkeys((*counted.missed, *self._undecided))))

    def proofs(self) -> tuple[Proof, ...]:
        """Give a proof for each task, zone and need: that of the world in which it fares worst."""
        return tuple(self._worst.values())

    def unproven(self, counted: Combinations) -> tuple[Unproven, ...]:
        """Give everything that could not be told, each once, the combinations that were left out last."""
        found = dict.fromkeys(
            Unproven(proof.task, proof.need, step.why)
            for proof in self.proofs()
            if proof.holds is None and proof.need != IN_ORDER
            for step in proof.steps
            if step.holds is None
        )
        return (*(found | self._open), *_left_out(counted))


def _of(model: Model) -> Iterator[Proof]:
    show = model.system.show
    for workload in model.workloads:
        steps: dict[tuple[str, str], dict[Step, None]] = {}
        for path in model.paths_of(workload):
            zone = show(path.subnet) if path.subnet is not None else ""
            steps.setdefault((zone, show(path.demand.need)), {}).update(dict.fromkeys(_steps(model, path)))
        for (zone, need), found in steps.items():
            yield Proof(task=workload.name, zone=zone, need=need, steps=tuple(_to_first_failure(found)))
        yield from _in_order(model, workload)


def _steps(model: Model, path: Path) -> Iterator[Step]:
    show = model.system.show
    for check in path.checks:
        yield Step(show(check.claim), check.holds, show(check.by), show(check.why))


def _to_first_failure(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if step.holds is False:
            return


def _in_order(model: Model, workload: Workload) -> Iterator[Proof]:
    """Prove that what a service's tasks use is there before the service."""
    uses = dict.fromkeys(resource for path in model.paths_of(workload) for resource in path.uses)
    if workload.kind != "service" or not uses:
        return
    steps: list[Step] = []
    for resource in uses:
        holds = model.order.is_before(resource, workload.resource)
        address = str(resource.address)
        # The second attempt of ECS finds what came too late for the first: late is no failure.
        late = f"{workload.name} does not wait for {address}, so that its first tasks may fail"
        claim = f"{address} is complete before it"
        steps.append(Step(claim, holds or None, address, "" if holds else late))
    yield Proof(task=workload.name, zone="", need=IN_ORDER, steps=tuple(steps))


def _of_system(model: Model) -> Iterator[Unproven]:
    """Give what is not known of a system as a whole."""
    for stack in model.system.stacks:
        for resource in stack.resources.values():
            if resource.type == STACK and resource.logical_id not in stack.children:
                url = model.system.show(as_text(resource.get("TemplateURL") or ""))
                reason = f"its template, {url}, is not a file beside the parent's"
                yield Unproven("", f"nested stack {resource.address}", reason)
        for macro in _macros(stack.body.get("Transform")):
            reason = f"the macro {macro} changes {stack.template.path} when it is deployed"
            yield Unproven("", f"template {stack.template.path}", reason)
    for rule in dict.fromkeys(a.rule for a in model.system.launch.form.assertions if a.asks_the_account):
        yield Unproven(
            "", f"rule {rule}", "what it asks is in the account, so that it rules out nothing here"
        )
    for workload in model.tasks:
        if workload.definition is None and workload.definition_value is not None:
            why = model.system.why_unknown(workload.definition_value) or "it is not in the templates"
            yield Unproven(workload.name, "task definition", why)


def _left_out(counted: Combinations) -> Iterator[Unproven]:
    if counted.looked_at + counted.refused < counted.possible:
        reason = (
            f"they can turn out in {counted.possible} ways, and {counted.looked_at} were looked at: "
            "a fault that needs many choices at once may be missed"
        )
        yield Unproven("", "conditions", reason)
    for name in counted.missed:
        yield Unproven("", "conditions", f"{name} decides some, and not each value of it was looked at")


def _macros(transform: object) -> Iterator[str]:
    listed = transform if isinstance(transform, list) else [transform] if transform else []
    for item in listed:
        name = as_text(item.get("Name", "") if isinstance(item, dict) else item)
        if name and name not in _UNDERSTOOD:
            yield name
