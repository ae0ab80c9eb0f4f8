"""State machines of Step Functions that run tasks, read from their definitions.

Source: step-functions/latest/dg/connect-ecs.html; AWSCloudFormation/latest/TemplateReference,
AWS::StepFunctions::StateMachine: `DefinitionString`, `Definition`, `DefinitionSubstitutions`
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_RUNS_TASK: Final = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:ecs:runTask(?:\..+)?")
_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")
_PATH: Final = ".$"
"""The end of a key whose value a state takes from its input: nobody knows it before."""


def task_runs(system: System) -> Iterator[tuple[Resource, dict[str, Value]]]:
    """Give each call of `ecs:runTask` of each state machine, as the parameters of RunTask."""
    for machine in system.of("StepFunctions::StateMachine", "Serverless::StateMachine"):
        for state in _states(_definition(machine)):
            parameters = state.get("Parameters") or state.get("Arguments")
            if _RUNS_TASK.fullmatch(as_text(state.get("Resource") or "")) and isinstance(parameters, dict):
                yield machine, _with_unknowns(machine, parameters)


def _definition(machine: Resource) -> Value:
    """Give a state machine's definition, its substitutions made; None if it is not in the template."""
    definition = machine.get("Definition")
    if definition is None:
        try:
            definition = json.loads(machine.text("DefinitionString") or "null")
        except ValueError:
            return None
    substitutions = machine.get("DefinitionSubstitutions")
    return _substituted(definition, substitutions if isinstance(substitutions, dict) else {})


def _substituted(node: Value, substitutions: dict[str, Value]) -> Value:
    if isinstance(node, dict):
        return {key: _substituted(value, substitutions) for key, value in node.items()}
    if isinstance(node, list):
        return [_substituted(item, substitutions) for item in node]
    if not isinstance(node, str):
        return node
    return _PLACEHOLDER.sub(lambda match: as_text(substitutions.get(match.group(1), match.group())), node)


def _states(node: Value) -> Iterator[dict[str, Value]]:
    """Give the states of a definition, those of its branches and maps included."""
    if isinstance(node, dict):
        states = node.get("States")
        for state in states.values() if isinstance(states, dict) else ():
            if isinstance(state, dict):
                yield state
                yield from _states(state)
                for branch in state.get("Branches") or ():
                    yield from _states(branch)
                yield from _states(state.get("Iterator") or state.get("ItemProcessor"))


def _with_unknowns(machine: Resource, node: Value) -> Value:
    """Put an unknown where a state takes a value from its input."""
    if isinstance(node, list):
        return [_with_unknowns(machine, item) for item in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Value] = {}
    for key, value in node.items():
        if key.endswith(_PATH) or (isinstance(value, str) and value.startswith("{%")):
            name = f"{machine.address}: {as_text(value)}"
            made[key.removesuffix(_PATH)] = machine.stack.unknown(name, f"{name} is an input of the machine")
        else:
            made[key] = _with_unknowns(machine, value)
    return made
