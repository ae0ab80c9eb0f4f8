"""What does not go together in the settings of a rollout is told with file and line, before AWS is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path

START = """name: rolled
regions: [us-east-1, eu-west-1]
services: {web: {image: {repository: web}, port: 80}}
rollout:
"""
SELF = '  permissions: self-managed\n  accounts: ["111122223333"]\n'
UNITS = "  organizational_units: [r-abcd]\n"
FIRST, SECOND = '"111122223333/us-east-1"', '"111122223333/eu-west-1"'
POOL = "ipam-pool-0123456789abcdef0"

MISTAKES = [
    (
        "  region_order: parallel\n",
        (
            "4: rollout.organizational_units: service-managed permissions need units, and there is none; "
            "write ou-…, or r-… for the root; or permissions: self-managed, which need accounts"
        ),
    ),
    (
        "  permissions: self-managed\n",
        "4: rollout.accounts: self-managed permissions need accounts, and there is none; name at least one",
    ),
    (
        f"{SELF}{UNITS}",
        (
            "7: rollout.organizational_units: only service-managed permissions know units; "
            "name accounts, or write permissions: service-managed"
        ),
    ),
    (
        f"{SELF}  delegated_administrator: true\n",
        "7: rollout.delegated_administrator: only service-managed permissions have it; remove it",
    ),
    (
        f"{SELF}  automatic: true\n",
        "7: rollout.automatic: only service-managed permissions have it; remove it",
    ),
    (
        f"{UNITS}  automatic: true\n  addresses: {{pool: 10.0.0.0/8}}\n",
        (
            "6: rollout.automatic: an account that joins would get an instance without a range of its own; "
            "remove it and roll out again when one joins, or remove addresses"
        ),
    ),
    (
        f"{SELF}  regions: [us-east-1, ap-south-1]\n",
        (
            "7: rollout.regions: the templates are proven for us-east-1, eu-west-1 only, and not for "
            "ap-south-1; add it to regions of the environment, or remove it"
        ),
    ),
    (
        f"{SELF}  addresses: {{given: {{1111/us-east-1: 10.1.0.0/16}}}}\n",
        (
            "7: rollout.addresses.given.1111/us-east-1: 1111/us-east-1 is not an account and a Region; "
            "write ACCOUNT/REGION, such as 111122223333/eu-west-1"
        ),
    ),
    (
        f"{SELF}  addresses:\n    given:\n      {FIRST}: 10.1.0.0/16\n      {SECOND}: 10.1.128.0/17\n",
        (
            "10: rollout.addresses.given.111122223333/eu-west-1: 10.1.128.0/17 overlaps 10.1.0.0/16 of "
            "111122223333/us-east-1; give another range"
        ),
    ),
    (
        f"{SELF}  addresses:\n    pool: 10.0.0.0/8\n    ipam_pool: {POOL}\n",
        "9: rollout.addresses.ipam_pool: there is a pool too; write one of pool and ipam_pool",
    ),
    (
        f"{SELF}  addresses:\n    ipam_pool: {{us-east-1: {POOL}}}\n",
        "8: rollout.addresses.ipam_pool: eu-west-1 has none; add eu-west-1: ipam-pool-…",
    ),
    (
        f"{SELF}  addresses: {{ipam_pool: pool-1}}\n",
        (
            "7: rollout.addresses.ipam_pool: pool-1 is not a pool of IPAM; "
            "write its ID, ipam-pool-… (aws ec2 describe-ipam-pools)"
        ),
    ),
    (
        f"{SELF}  parameters: {{VpcCidr: 10.0.0.0/16}}\n",
        (
            "7: rollout.parameters.VpcCidr: ranges of networks have a place of their own; "
            "write it under rollout.addresses.given, or remove it"
        ),
    ),
    (
        f"{SELF}  overrides: [{{parameters: {{web-count: '2'}}}}]\n",
        (
            "7: rollout.overrides.parameters.web-count: web-count is not a field of a launch form; "
            "write letters and digits, such as NginxCount"
        ),
    ),
    (
        f'{SELF}  overrides: [{{accounts: ["111122223334"], parameters: {{WebCount: "2"}}}}]\n',
        (
            "7: rollout.overrides.accounts: 111122223334 is no target of this rollout; "
            "correct it, or add it to accounts"
        ),
    ),
    (
        f'{UNITS}  overrides: [{{regions: [ap-south-1], parameters: {{WebCount: "2"}}}}]\n',
        (
            "6: rollout.overrides.regions: ap-south-1 is no target of this rollout; "
            "correct it, or add it to regions"
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_each_mistake_is_one_line_with_its_remedy(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "rolled.yaml"
    path.write_text(START + text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert str(refused.value) == f"{path}:{expected}"


@pytest.mark.parametrize(
    "text",
    [
        f"{SELF}  addresses: {{ipam_pool: {POOL}, given: {{{FIRST}: 10.1.0.0/16}}}}\n",
        f"{SELF}  addresses: {{ipam_pool: {{us-east-1: {POOL}, eu-west-1: {POOL}}}}}\n",
        f'{UNITS}  overrides: [{{accounts: ["111122223334"], parameters: {{WebCount: "2"}}}}]\n',
        f"{UNITS}  automatic: true\n",
    ],
)
def test_what_goes_together_is_taken(tmp_path: Path, text: str) -> None:
    """Which accounts a unit holds only AWS knows, so an override for one of them is not refused here."""
    path = tmp_path / "rolled.yaml"
    path.write_text(START + text)
    assert load(path).rollout is not None
