"""What the linters must find, each fault seeded into a system that is clean without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from private_fargate.errors import UnknownRegionError
from private_fargate.inputs import ROOT
from private_fargate.lint import Finding, ahead, blocking, lint
from private_fargate.lint.excluded import ASKED_OF_CFN_LINT, EXCLUDED

REGIONS = ("us-east-1", "eu-central-1")


def changed(system: dict[str, bytes], file: str, old: str, new: str) -> dict[str, bytes]:
    """Seed one fault, and make sure that it is really there."""
    assert system[file].decode().count(old) == 1
    return {**system, file: system[file].replace(old.encode(), new.encode())}


def rules(findings: tuple[Finding, ...], linter: str) -> set[tuple[str, str]]:
    return {(finding.file, finding.rule) for finding in findings if finding.linter == linter}


def test_a_parent_with_relative_children_is_clean_as_it_is(system: dict[str, bytes]) -> None:
    assert lint(system, REGIONS) == ()


def test_both_linters_find_a_misspelled_property(system: dict[str, bytes]) -> None:
    findings = lint(changed(system, "network.json", '"CidrBlock"', '"CidrBlok"'), REGIONS)
    assert ("network.json", "E3002") in rules(findings, "cfn-lint")
    assert ("network.json", "F3002") in rules(findings, "cloudformation-validate")


def test_a_parameter_that_the_child_does_not_have_is_found(system: dict[str, bytes]) -> None:
    findings = lint(changed(system, "parent.json", '"Cidr":', '"Range":'), REGIONS)
    assert ("parent.json", "E3043") in rules(findings, "cfn-lint")


def test_an_output_that_the_child_does_not_have_is_found_from_any_directory(
    system: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cfn-lint compares outputs only of children below the current directory, and is silent otherwise."""
    monkeypatch.chdir(tmp_path)
    findings = lint(changed(system, "parent.json", "Outputs.VpcId", "Outputs.VpcIdd"), REGIONS)
    assert ("parent.json", "E6101") in rules(findings, "cfn-lint")
    assert Path.cwd() == tmp_path


def test_a_resource_type_that_one_region_lacks_is_found(system: dict[str, bytes]) -> None:
    """Every region is asked: App Runner is in us-east-1 and not in Beijing."""
    faulty = changed(system, "network.json", '"AWS::EC2::VPC"', '"AWS::AppRunner::Service"')
    assert ("network.json", "E3006") in rules(lint(faulty, ("us-east-1", "cn-north-1")), "cfn-lint")
    assert ("network.json", "E3006") not in rules(lint(faulty, ("us-east-1",)), "cfn-lint")


def test_an_unused_parameter_is_a_warning_and_blocks(system: dict[str, bytes]) -> None:
    spare = '"Parameters": {"Spare": {"Type": "String"}, "Cidr"'
    findings = blocking(lint(changed(system, "network.json", '"Parameters": {"Cidr"', spare), REGIONS))
    assert {(finding.rule, finding.severity) for finding in findings if finding.file == "network.json"} == {
        ("W2001", "warning")
    }


def test_a_file_that_is_not_json_is_a_finding_of_both(system: dict[str, bytes]) -> None:
    findings = lint({**system, "network.json": b'{"Resources": '}, REGIONS)
    linters = {finding.linter for finding in findings if finding.file == "network.json"}
    assert linters == {"cfn-lint", "cloudformation-validate"}


def test_notes_come_only_when_asked_and_never_block(system: dict[str, bytes]) -> None:
    findings = lint(system, REGIONS, informational=True)
    assert {finding.linter for finding in findings} == {"cfn-lint", "cloudformation-validate"}
    assert {finding.severity for finding in findings} == {"informational"}
    assert blocking(findings) == ()


def test_a_region_that_cfn_lint_does_not_know_is_named(system: dict[str, bytes]) -> None:
    with pytest.raises(UnknownRegionError) as caught:
        lint(system, ("us-east-1", "eu-atlantis-1"))
    assert str(caught.value) == (
        "regions: cfn-lint does not know eu-atlantis-1; "
        "correct the name, or update cfn-lint if the region is new"
    )


def test_settings_that_a_person_keeps_at_home_change_nothing(
    system: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cfnlintrc").write_text("a setting that does not exist: 1\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    findings = lint(changed(system, "network.json", '"CidrBlock"', '"CidrBlok"'), REGIONS)
    assert ("network.json", "E3002") in rules(findings, "cfn-lint")


def test_findings_come_in_the_same_order_whatever_the_hash_seed(
    system: dict[str, bytes], tmp_path: Path
) -> None:
    faulty = changed(system, "parent.json", '"Cidr":', '"A": "1", "B": "2", "C":')
    (tmp_path / "faulty.json").write_text(json.dumps({name: body.decode() for name, body in faulty.items()}))
    program = (
        "import json, sys; from private_fargate.lint import lint\n"
        "system = {name: body.encode() for name, body in json.load(open(sys.argv[1])).items()}\n"
        "print(*lint(system, ['us-east-1']), sep='\\n')"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "faulty.json")]
    outputs = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"E3043") == 4


def test_the_command_line_of_cfn_lint_leaves_out_the_same_rules() -> None:
    settings = (ROOT / ".cfnlintrc").read_text().split("ignore_checks:")[1]
    assert [line.split()[1] for line in settings.splitlines() if line.startswith("  - ")] == sorted(EXCLUDED)
    assert all(len(reason.split()) > 5 for reason in EXCLUDED.values())


def test_what_one_linter_is_not_asked_is_found_by_the_other() -> None:
    """An output may refer to what is made under a condition only where the same condition guards it."""
    one, two = {"Ref": "Always"}, {"Ref": "Sometimes"}

    def found(value: object) -> list[tuple[str, str]]:
        address = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {"Number": {"Type": "String", "AllowedValues": ["1", "2"]}},
            "Conditions": {"HasTwo": {"Fn::Equals": [{"Ref": "Number"}, "2"]}},
            "Resources": {"Always": address, "Sometimes": {**address, "Condition": "HasTwo"}},
            "Outputs": {"Address": {"Value": value}},
        }
        verdict = lint({"parent.json": json.dumps(template).encode()}, ["us-east-1"])
        return [(finding.linter, finding.rule) for finding in verdict]

    assert set(ASKED_OF_CFN_LINT) == {"W1001"}
    assert found({"Fn::If": ["HasTwo", two, one]}) == []
    assert found({"Fn::Join": [",", [one, two]]}) == [("cfn-lint", "W1001")]


def test_a_second_process_finds_the_same(system: dict[str, bytes]) -> None:
    faulty = changed(system, "network.json", '"CidrBlock"', '"CidrBlok"')
    many = {**faulty, **{f"copy-{number}.json": faulty["network.json"] for number in range(3)}}
    padded = {name: body + b" " * 100_000 for name, body in many.items()}  # enough for both processes
    with ahead() as second:
        assert lint(many, REGIONS, second=second) == lint(many, REGIONS) != ()
        assert lint(padded, REGIONS, second=second) == lint(padded, REGIONS) != ()


def test_what_a_second_process_refuses_is_a_person_s_mistake_here(system: dict[str, bytes]) -> None:
    with ahead() as second, pytest.raises(UnknownRegionError, match="eu-atlantis-1"):
        lint(system, ("us-east-1", "eu-atlantis-1"), second=second)
