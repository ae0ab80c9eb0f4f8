"""What the verifier says of each task, in the terms in which the fabric tries it.

The verifier proves needs, such as `ecr.dkr:443`; an agent takes steps, such as `manifest`.  A step is claimed
to succeed if everything holds that the verifier lists for it:

| step          | proofs of the zone                                | proofs of the task                |
|---------------|---------------------------------------------------|-----------------------------------|
| registry auth | ecr.api:443                                       | take the execution role           |
| registry      | ecr.dkr:443 without what is about an action       |                                   |
| manifest      | ecr.dkr:443 but for ecr:GetDownloadUrlForLayer    | take the execution role           |
| layer store   | s3:443 without what is about an action            |                                   |
| layers        | ecr.dkr:443 but for ecr:BatchGetImage, s3:443     | take the execution role           |
| log stream    | logs:443 but for logs:PutLogEvents                | take the execution role           |
| secrets       | secretsmanager:443                                | the same, kms:Decrypt of a secret |
| parameters    | ssm:443                                           | take the execution role           |
| exec          | ssmmessages:443, of the actions the first alone   | take the task role                |
| exec key      | kms:443                                           | the same; its key, if not known   |

One claim is for all secrets of a task together, as the verifier has one proof for all of them; so are
observations.  A proof is listed up to its first failure.  Where that is about an action which is not the
step's own, what would have come after it is not known, and neither is the claim.

What is proven of the order of creation, of logs:PutLogEvents, of three of the four actions of Exec and of
ECS's own channels is not compared: no agent tries it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.verify.checking import verify
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from private_fargate.verify.findings import Proof, Report, Step

_EXECUTION: Final = "take the execution role"
_TASK: Final = "take the task role"
_ACTION: Final = re.compile(r"\b[a-z0-9]+:[A-Z]\w+")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What a step takes of a proof.

    Attributes:
        need: The proof's need.
        actions: Those that the step is about; None for all of them.
    """

    need: str
    actions: tuple[str, ...] | None = None


_CONNECTS: Final[tuple[str, ...]] = ()
"""The actions of a step that only connects."""

_STEPS: Final[Mapping[str, tuple[_Part, ...]]] = {
    "registry auth": (_Part(need="ecr.api:443"), _Part(need=_EXECUTION)),
    "registry": (_Part(need="ecr.dkr:443", actions=_CONNECTS),),
    "manifest": (_Part(need="ecr.dkr:443", actions=("ecr:BatchGetImage",)), _Part(need=_EXECUTION)),
    "layer store": (_Part(need="s3:443", actions=_CONNECTS),),
    "layers": (
        _Part(need="ecr.dkr:443", actions=("ecr:GetDownloadUrlForLayer",)),
        _Part(need="s3:443"),
        _Part(need=_EXECUTION),
    ),
    "log stream": (_Part(need="logs:443", actions=("logs:CreateLogStream",)), _Part(need=_EXECUTION)),
    "secrets": (
        _Part(need="secretsmanager:443"),
        _Part(need=_EXECUTION),
        _Part(need="kms:Decrypt of a secret"),
    ),
    "parameters": (_Part(need="ssm:443"), _Part(need=_EXECUTION)),
    "exec": (
        _Part(need="ssmmessages:443", actions=("ssmmessages:CreateControlChannel",)),
        _Part(need=_TASK),
    ),
    "exec key": (
        _Part(need="kms:443"),
        _Part(need=_TASK),
        _Part(need="kms:Decrypt of Exec sessions"),
    ),
}
"""What each step takes; a task without the first proof has no such step."""

STEPS: Final = tuple(_STEPS)
"""The steps of an agent, in its order."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Whether a task succeeds with a step in a subnet; None if the verifier cannot tell.

    Attributes:
        task: The logical ID of its service.
        zone: The logical ID of its subnet.
        why: What fails, or cannot be told.
    """

    task: str
    zone: str
    step: str
    holds: bool | None
    why: str


def report(template: Mapping[str, Any], region: str) -> Report:
    """Return what the verifier says of a template."""
    text = Template(Path("case.json"), json.dumps(template))
    return verify(text.path, place=Place(region), loader=Loader([text]))


def claims(found: Report) -> list[Claim]:
    """Return a report as claims: one for each task, subnet and step."""
    by_task: dict[str, list[Proof]] = {}
    for proof in found.proofs:
        by_task.setdefault(proof.task, []).append(proof)
    return [claim for task, proofs in by_task.items() for claim in _of(task, proofs)]


def errors(found: Report) -> list[str]:
    """Return what the verifier says that AWS refuses, or that breaks a task."""
    errors = [finding for finding in found.findings if finding.severity == "error"]
    return [f"{finding.rule} {finding.resource}: {finding.message}" for finding in errors]


def _of(task: str, proofs: list[Proof]) -> Iterator[Claim]:
    known = {(proof.zone, proof.need): proof for proof in proofs}
    for zone in dict.fromkeys(proof.zone for proof in proofs if proof.zone):
        for step, parts in _STEPS.items():
            if (zone, parts[0].need) not in known:
                continue
            there = [(part, known.get((zone, part.need)) or known.get(("", part.need))) for part in parts]
            said = [_judged(part, proof) for part, proof in there if proof is not None]
            yield Claim(task=task, zone=zone, step=step, holds=_all(said), why=_why(said))


def _judged(part: _Part, proof: Proof) -> tuple[bool | None, str]:
    """Return whether what a step takes of a proof holds, and why not."""
    own = [step for step in proof.steps if _is_about(step, part.actions)]
    for step in own:
        if step.holds is False:
            return False, step.why or step.claim
    if proof.holds is False and part.actions and not _role_was_asked(own, part.actions[-1]):
        return None, f"the proof ends before it: {proof.steps[-1].claim}"
    unknown = [step.why for step in own if step.holds is None]
    return (None, unknown[0]) if unknown else (True, "")


def _role_was_asked(steps: Iterable[Step], action: str) -> bool:
    """Say whether a proof got as far as its last question about an action."""
    return any(step.claim.endswith(f"role may {action}") for step in steps)


def _is_about(step: Step, actions: tuple[str, ...] | None) -> bool:
    """Say whether what is said counts for a step: it is about one of its actions, or about none."""
    found = _ACTION.search(step.claim)
    return actions is None or found is None or found[0] in actions


def _all(said: Iterable[tuple[bool | None, str]]) -> bool | None:
    found = [holds for holds, _ in said]
    if False in found:
        return False
    return None if None in found else True


def _why(said: list[tuple[bool | None, str]]) -> str:
    worst = _all(said)
    return "" if worst else next(why for holds, why in said if holds is worst)
