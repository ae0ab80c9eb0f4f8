"""The table: what a person reads at 80 columns, in a terminal or in the log of a build."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from private_fargate.report.verification.table import verification_table
from private_fargate.verify.findings import Finding, Proof, Report, Severity, Step, Unproven

SYMPTOM = (
    "ResourceInitializationError: unable to pull secrets or registry auth: There is a connection issue "
    'between the task and Amazon ECR. Post "https://api.ecr.<r>.amazonaws.com/": i/o timeout'
)


def finding(rule: str, severity: Severity, line: int, suppressed: str = "") -> Finding:
    return Finding(
        path="templates/endpoints.json",
        line=line,
        rule=rule,
        severity=severity,
        resource="Endpoints/EcrApiEndpoint",
        property="Properties/SubnetIds" if severity == "error" else "",
        message="The endpoint is in none of [PrivateSubnet1, PrivateSubnet2]: nginx gets no token there.",
        symptom=SYMPTOM if severity == "error" else "",
        fix="Name the subnets in SubnetIds." if severity == "error" else "",
        breaks=("nginx -> ecr.api",) if severity == "error" else (),
        suppressed=suppressed,
    )


REPORT = Report(
    template="templates/parent.json",
    findings=(finding("NET-022", "warning", 3), finding("NET-001", "error", 12)),
    suppressed=(finding("CFN-002", "info", 40, suppressed="kept [for] the auditors"),),
    unproven=(
        Unproven("", "flow logs", "export prod-Logs is imported"),
        *(
            Unproven(task, f"{need}:443", "parameter VpcId has no value")
            for task in ("nginx", "api")
            for need in ("ecr.api", "ecr.dkr", "logs", "s3", "ssm")
        ),
    ),
    proofs=(Proof(task="nginx", zone="", need="start in order", steps=(Step("it is", holds=True),)),),
)


def shown(*reports: Report, width: int = 80) -> str:
    """Print as into a file: no terminal, no colour."""
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as capture:
        console.print(verification_table(reports))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_the_worst_comes_first_and_the_sum_last() -> None:
    assert (
        shown(REPORT)
        == """\
error       templates/endpoints.json:12  Endpoints/EcrApiEndpoint
NET-001     Properties/SubnetIds
            The endpoint is in none of [PrivateSubnet1, PrivateSubnet2]: nginx
            gets no token there.
            breaks: nginx -> ecr.api
            AWS says: ResourceInitializationError: unable to pull secrets or
            registry auth: There is a connection issue between the task and
            Amazon ECR. Post "https://api.ecr.<r>.amazonaws.com/": i/o timeout
            fix: Name the subnets in SubnetIds.

warning     templates/endpoints.json:3  Endpoints/EcrApiEndpoint
NET-022     The endpoint is in none of [PrivateSubnet1, PrivateSubnet2]: nginx
            gets no token there.

suppressed  templates/endpoints.json:40  Endpoints/EcrApiEndpoint
CFN-002     The endpoint is in none of [PrivateSubnet1, PrivateSubnet2]: nginx
            gets no token there.
            reason: kept [for] the auditors

unproven    parameter VpcId has no value
10          nginx and api: ecr.api:443, ecr.dkr:443, logs:443 and 2 more needs

unproven    export prod-Logs is imported
1           flow logs

2 tasks, 11 needs: 1 proven, 0 fail, 10 unproven; 1 error, 1 warning, 1
suppressed"""
    )


def test_several_roots_are_told_apart_and_summed_up_once() -> None:
    quiet = Report(template="quiet.yaml", findings=(), proofs=REPORT.proofs)
    lines = shown(quiet, REPORT, width=120).splitlines()
    assert lines[0] == "templates/parent.json"
    assert lines[-1] == (
        "2 templates, 3 tasks, 12 needs: 2 proven, 0 fail, 10 unproven; 1 error, 1 warning, 1 suppressed"
    )


def test_a_report_without_a_fault_is_one_line() -> None:
    proven = Report(template="a.yaml", findings=(), proofs=REPORT.proofs)
    assert shown(proven) == "1 task, 1 need: 1 proven, 0 fail, 0 unproven"
    assert shown(Report(template="a.yaml", findings=())) == "no task: there was nothing to prove"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_file_and_line_stay_together(width: int) -> None:
    lines = shown(REPORT, width=width).splitlines()
    assert [line for line in lines if "templates/endpoints.json:12" in line]
    assert max(map(len, lines)) <= width


def test_a_template_cannot_steer_the_terminal() -> None:
    evil = Unproven("nginx", "s3", "parameter \x1b[2J\x1b[31mhas no value")
    assert "\x1b" not in shown(Report(template="x", findings=(), unproven=(evil,)))
