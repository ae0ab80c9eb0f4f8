"""Templates are measured before CloudFormation measures them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from private_fargate.lint import blocking, limits

REMEDIES = {
    "Resources": "501 resources of a template, where CloudFormation allows 500; "
    "nest a part of them in a stack of its own",
    "Parameters": "201 parameters of a template, where CloudFormation allows 200; "
    "nest the resources that use them in a stack of their own",
    "Outputs": "201 outputs of a template, where CloudFormation allows 200; "
    "keep the outputs that a stack or a person reads",
    "Mappings": "201 mappings of a template, where CloudFormation allows 200; "
    "decide in Python what is known before the deployment",
}


def template(section: str, count: int) -> bytes:
    content: dict[str, Any] = {"Resources": {}, section: {f"Item{number}": {} for number in range(count)}}
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("section", "limit"), [("Resources", 500), ("Parameters", 200), ("Outputs", 200), ("Mappings", 200)]
)
def test_one_more_than_a_limit_is_an_error_that_names_the_remedy(section: str, limit: int) -> None:
    assert limits.check({"a.json": template(section, limit)}) == ()
    (finding,) = limits.check({"a.json": template(section, limit + 1)})
    assert (finding.file, finding.path, finding.severity) == ("a.json", section, "error")
    assert finding.message == REMEDIES[section]


def test_a_body_too_large_for_a_request_is_only_a_note() -> None:
    assert limits.check({"a.json": b" " * 51_200}) == ()
    (finding,) = findings = limits.check({"a.json": b" " * 51_201})
    assert str(finding) == (
        "a.json: 51,201 bytes of a template body in the request, where CloudFormation allows 51,200; "
        "deploy it from S3, with `aws cloudformation deploy --s3-bucket` [limits bytes, informational]"
    )
    assert blocking(findings) == ()


def test_a_child_is_never_sent_inside_a_request_and_gets_no_note() -> None:
    system = {"parent.json": b'{"TemplateURL": "child.json"}', "child.json": b" " * 51_201}
    assert limits.check(system) == ()


def test_a_body_too_large_for_s3_is_an_error() -> None:
    (note,) = limits.check({"a.json": b" " * 1_000_000})
    (error,) = limits.check({"a.json": b" " * 1_000_001})
    assert (note.severity, error.severity) == ("informational", "error")
    assert error.message == (
        "1,000,001 bytes of a template in S3, where CloudFormation allows 1,000,000; "
        "split it into nested stacks"
    )
