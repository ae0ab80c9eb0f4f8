from __future__ import annotations

from pathlib import Path

from private_fargate.report.rules import page
from private_fargate.verify.rules import RULES
from private_fargate.verify.rules.account import ACCOUNT_CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_of_rules_is_the_one_of_the_rules() -> None:
    assert PAGE.read_text() == page(), "write it anew: python -m private_fargate.report.rules > docs/rules.md"


def test_each_id_of_the_catalogue_is_a_rule_or_a_check_of_the_deployer() -> None:
    """The catalogue's groups and their sizes; its ids are the rules' ids."""
    sizes = {
        "NET": 65,
        "SG": 14,
        "IAM": 32,
        "TASK": 39,
        "SVC": 24,
        "LB": 13,
        "DISC": 11,
        "JUMP": 8,
        "CFN": 28,
    }
    catalogue = {f"{group}-{number:03}" for group, size in sizes.items() for number in range(1, size + 1)}
    rules, checks = {rule.id for rule in RULES}, {check.id for check in ACCOUNT_CHECKS}
    assert rules | checks == catalogue
    assert rules & checks == set()
