"""Paths as proofs, for people: what holds for each task, zone and need, and what could not be told.

A system is looked at in every world that its open conditions allow.  What is shown of a need is the world in
which it fares worst: a proof has to hold in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.findings import Proof, Step, Unproven
from private_fargate.verify.templates.stacks import STACK
from private_fargate.verify.templates.values import RANK, as_text
from private_fargate.verify.templates.worlds import MOST_WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.path import Path
    from private_fargate.verify.tasks.workloads import Workload

IN_ORDER: Final = "start in order"

_UNDERSTOOD: Final = ("AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", "AWS::Include")


def proofs(models: Sequence[Model]) -> tuple[Proof, ...]:
    """Give a proof for each task, zone and need: that of the world in which it fares worst."""
    worst: dict[tuple[str, str, str], Proof] = {}
    for model in models:
        for proof in _of(model):
            key = (proof.task, proof.zone, proof.need)
            known = worst.get(key)
            if known is None or RANK[proof.holds] < RANK[known.holds]:
                worst[key] = proof
    return tuple(worst.values())


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


def unproven(models: Sequence[Model], shown: Iterable[Proof]) -> tuple[Unproven, ...]:
    """Give everything that could not be told, each once."""
    found = dict.fromkeys(
        Unproven(proof.task, proof.need, step.why)
        for proof in shown
        if proof.holds is None and proof.need != IN_ORDER
        for step in proof.steps
        if step.holds is None
    )
    for model in models:
        found |= dict.fromkeys(_of_system(model))
    return tuple(found)


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
    for workload in model.tasks:
        if workload.definition is None and workload.definition_value is not None:
            why = model.system.why_unknown(workload.definition_value) or "it is not in the templates"
            yield Unproven(workload.name, "task definition", why)
    if not model.system.world.exhaustive:
        reason = f"they can turn out in more than {MOST_WORLDS} ways: each was varied alone"
        yield Unproven("", "conditions", reason)


def _macros(transform: object) -> Iterator[str]:
    listed = transform if isinstance(transform, list) else [transform] if transform else []
    for item in listed:
        name = as_text(item.get("Name", "") if isinstance(item, dict) else item)
        if name and name not in _UNDERSTOOD:
            yield name
