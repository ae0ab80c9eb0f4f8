"""What the verifier says about a system of templates: findings, proofs, and what it could not tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.templates.combinations import Combinations

if TYPE_CHECKING:
    from private_fargate.verify.templates.values import Truth

Severity: TypeAlias = Literal["error", "warning", "info"]
"""`error`: the deployment or the task must fail; `warning`: it fails in some conditions, or degrades;
`info`: hygiene or cost."""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


ONLY_ONE: Final = Combinations()
"""What there is of a system about which there is nothing to choose."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Finding:
    """One fault, at one resource.

    Attributes:
        path: The template's file, as it was named or reached from a parent.
        line: The line in it, from 1; of the property if it is written there, else of the resource.
        rule: The rule's id, such as `NET-003`.
        severity: How bad it is.
        resource: The logical ID, with the nested stacks that lead to it: `Network/Vpc`.
        property: Where in the resource, as `Properties/SubnetIds`; empty if it is all of it.
        message: What is wrong, with the tasks and the needs that it breaks.
        symptom: What AWS answers at run time, in AWS's words.
        fix: What to write instead, in terms of CloudFormation.
        breaks: The tasks and needs that it breaks: `nginx -> ecr.dkr`.
        suppressed: Why it was suppressed; empty if it was not.
    """

    path: str
    line: int
    rule: str
    severity: Severity
    resource: str
    property: str = ""
    message: str
    symptom: str
    fix: str
    breaks: tuple[str, ...] = ()
    suppressed: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a proof.

    Attributes:
        claim: What has to hold: "the endpoint's security group lets HTTPS in from the task".
        holds: Whether it does; None if the templates do not tell.
        by: The resource that grants it, or that fails to: `Endpoints/EndpointSecurityGroup`; empty if
            none does.
        why: What makes it fail, or why it cannot be told; empty if it holds.
    """

    claim: str
    holds: Truth
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether one task gets one thing that it needs, in one zone.

    Attributes:
        task: Who needs it, as `nginx`: the logical ID of the service, or of the host.
        zone: The subnet in which the task runs, by its logical ID; empty for what no zone matters.
        need: What it needs: `ecr.api:443`, `start in order`, `assume the execution role`.
        steps: What has to hold, in the order in which AWS comes across it, up to the first that fails.
    """

    task: str
    zone: str
    need: str
    steps: tuple[Step, ...]

    @property
    def holds(self) -> Truth:
        """Whether all steps hold; None if none fails but one cannot be told."""
        if any(step.holds is False for step in self.steps):
            return False
        return None if any(step.holds is None for step in self.steps) else True


@dataclass(frozen=True, slots=True, order=True)
class Unproven:
    """Something that the templates do not tell, so that it is neither a fault nor proven.

    Attributes:
        task: Whose need it is; empty if it is nobody's in particular.
        need: What could not be proven.
        reason: What would have to be known.
    """

    task: str
    need: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A resource that an update makes anew, and whose predecessor it then deletes.

    Attributes:
        resource: The logical ID, with the nested stacks that lead to it.
        type: As `AWS::EC2::VPC`.
        properties: The properties whose change demands it.
        certain: Whether it happens for sure.
        causes: The replaced resources whose new attributes these properties take.
    """

    resource: str
    type: str
    properties: tuple[str, ...]
    certain: bool
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found about one root template with all that it nests.

    Attributes:
        template: The root, as it was named.
        findings: By file and line, without the suppressed ones.
        suppressed: Findings that somebody suppressed, with the reason; they stay visible.
        unproven: What is not known, each once.
        proofs: For each task, zone and need.
        combinations: In how many of the ways in which the conditions can turn out all this was asked.
        replacements: What an update of the deployed templates would replace; None if none were given.
        seconds: How long it took.
    """

    template: str
    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...] = ()
    unproven: tuple[Unproven, ...] = ()
    proofs: tuple[Proof, ...] = ()
    combinations: Combinations = ONLY_ONE
    replacements: tuple[Replaced, ...] | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def has_errors(self) -> bool:
        """Whether anything was found that must fail."""
        return any(finding.severity == "error" for finding in self.findings)
