"""Run independent checkers over one system: JSON in, a JSON list of findings out.

Runs in an environment of its own (`requirements/checkers.lock`).  What comes in is a template, and the
policies of its roles and endpoints with every reference resolved.  A finding is the name of the checker,
its rule, and the logical ID of the resource.  Each checker is called as a library: their command lines add
suppressions, downloads and exit codes, and cfripper's stops where one of its rules raises.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pycfmodel
from cfripper.config.config import Config
from cfripper.rule_processor import RuleProcessor
from cfripper.rules import DEFAULT_RULES
from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter
from checkov.secrets.runner import Runner as SecretsRunner
from cloudsplaining.scan.policy_document import PolicyDocument
from parliament import analyze_policy_string

if TYPE_CHECKING:
    from collections.abc import Iterator

Finding = tuple[str, str, str]  # checker, rule, resource

PLACE = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "system",
    "AWS::URLSuffix": "amazonaws.com",
}


def checkov(template: dict[str, Any]) -> Iterator[Finding]:
    """Yield what checkov finds in a template, secrets included."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "template.json")
        file.write_text(json.dumps(template, indent=1))
        for framework, runner in (("cloudformation", Runner()), ("secrets", SecretsRunner())):
            report = runner.run(None, files=[str(file)], runner_filter=RunnerFilter(framework=[framework]))
            assert not report.parsing_errors, report.parsing_errors
            for check in report.failed_checks:
                yield "checkov", check.check_id, check.resource.rpartition(".")[2]


def cfripper(template: dict[str, Any]) -> Iterator[Finding]:
    """Yield what cfripper finds; it has one finding for every action that a wildcard covers."""
    config = Config(stack_name="system", rules=list(DEFAULT_RULES), aws_account_id=PLACE["AWS::AccountId"])
    rules = [rule(config) for rule in DEFAULT_RULES.values()]
    model = pycfmodel.parse(template).resolve(PLACE)
    result = RuleProcessor(*rules).process_cf_template(cfmodel=model, config=config, extras={})
    assert not result.exceptions, result.exceptions
    for failure in result.failures:
        for resource in failure.resource_ids:
            yield "cfripper", failure.rule, resource


def parliament(policies: dict[str, Any]) -> Iterator[Finding]:
    """Yield what parliament finds in policies of roles or endpoints, by logical ID."""
    for title, document in policies.items():
        analyzed = analyze_policy_string(
            json.dumps(document), include_community_auditors=True, ignore_private_auditors=True
        )
        for finding in analyzed.findings:
            yield "parliament", finding.issue, title


def cloudsplaining(policies: dict[str, Any]) -> Iterator[Finding]:
    """Yield what cloudsplaining finds in policies of roles, by logical ID."""
    for title, document in policies.items():
        policy = PolicyDocument(document)
        risks = {
            "privilege escalation": policy.allows_privilege_escalation,
            "permissions management": policy.permissions_management_without_constraints,
            "data exfiltration": policy.allows_data_exfiltration_actions,
            "infrastructure modification": policy.infrastructure_modification,
            "credentials exposure": policy.credentials_exposure,
            "service wildcard": policy.service_wildcard,
        }
        for risk, actions in risks.items():
            if actions:
                yield "cloudsplaining", risk, title


def findings(system: dict[str, Any]) -> Iterator[Finding]:
    """Yield what all of them find in a system."""
    yield from checkov(system["template"])
    yield from cfripper(system["template"])
    yield from parliament(system["roles"] | system["endpoints"])
    yield from cloudsplaining(system["roles"])


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    json.dump(sorted(set(findings(json.load(sys.stdin)))), sys.stdout)
