"""Templates of other people in which every task would start: no error may be found in any of them.

Warnings and hints may come, and each is true; where one is about the network or the order of things, it is
listed by its file, so that a new one is looked at before it is believed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.templates.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.verify.findings import Finding

CORRECT = Path(__file__).parent / "correct"
ROOTS = [
    *sorted(path for path in CORRECT.iterdir() if path.suffix in {".json", ".yaml"}),
    CORRECT / "nested-two-levels" / "parent.yaml",
    CORRECT / "nested-three-levels" / "root.yaml",
]
REGIONS = {
    "govcloud.yaml": "us-gov-west-1",
    "china.yaml": "cn-north-1",
    "private-registry-nat.yaml": "eu-west-1",
}

HABITS = {
    "CFN-002": "log groups without retention are kept for ever; that costs and stops nothing",
    "CFN-003": "few templates say what becomes of data when a stack is deleted",
    "CFN-005": "zones that are written down fit the region that the file is for, and no other",
    "CFN-010": "a name that is written down allows one stack in the account",
    "IAM-004": "few roles say for whose tasks ECS may take them",
    "JUMP-003": "few hosts ask for tokens of the metadata service",
    "SVC-005": "few services have a circuit breaker; they start all the same",
    "SVC-008": "a grace period matters to what starts slowly",
    "TASK-031": "a container without a log starts",
    "TASK-037": "few templates choose what happens when CloudWatch Logs is slow",
}
"""What is true of many of them, and keeps no task from its start."""

PARTICULAR = {
    ("conditions-nat-or-endpoints.yaml", "NET-030"): "one NAT gateway for all zones",
    ("conditions-public-or-nat.yaml", "NET-030"): "one NAT gateway for all zones, if that is chosen",
    ("conditions-public-or-nat.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("docker-hub-nat.yaml", "TASK-016"): "redis has no tag",
    ("dual-stack-nat.yaml", "NET-030"): "one NAT gateway for both zones",
    ("dual-stack-nat.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("firelens-nat.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("nat-and-endpoints.yaml", "NET-022"): "ecr.dkr is in one zone of two, and reached across",
    ("nat-block-ingress.yaml", "NET-030"): "one NAT gateway for both zones",
    ("nat-per-zone.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("nat-regional.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("nat-single.json", "NET-030"): "one NAT gateway for two zones, as its name says",
    ("nat-with-s3-gateway.yaml", "NET-030"): "one NAT gateway for both zones",
    ("network-acls.yaml", "NET-030"): "one NAT gateway for both zones",
    ("network-acls.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("private-registry-nat.yaml", "CFN-025"): "the log driver makes the group, which outlives the stack",
    ("private-registry-nat.yaml", "NET-030"): "one NAT gateway for both zones",
    ("public-assign-ip.yaml", "TASK-016"): "the tag is latest",
    ("public-tasks-behind-alb.yaml", "SG-011"): "the balancer's group admits everybody at every port",
    ("root.yaml", "NET-030"): "one NAT gateway for both zones",
    ("root.yaml", "NET-054"): "layers go through NAT, which is paid for",
    ("service-connect-nat.yaml", "NET-030"): "one NAT gateway for both zones",
    ("synthesised-alb-fargate.json", "NET-030"): "one NAT gateway for both zones",
    ("synthesised-alb-fargate.json", "NET-054"): "layers go through NAT, which is paid for",
}
"""What is true of one file."""


def found_in(path: Path) -> Sequence[Finding]:
    return verify(path, place=Place(REGIONS.get(path.name))).findings


@pytest.mark.parametrize("path", ROOTS, ids=lambda path: path.name)
def test_nothing_is_wrong_with_a_correct_template(path: Path) -> None:
    findings = found_in(path)
    assert [(f.rule, f.resource, f.message) for f in findings if f.severity == "error"] == []
    particular = {f.rule for f in findings} - set(HABITS)
    assert particular == {rule for name, rule in PARTICULAR if name == path.name}, [
        (f.rule, f.resource, f.message) for f in findings if f.rule in particular
    ]
