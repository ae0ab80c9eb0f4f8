from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from private_fargate.aws.consequences import CONSEQUENCES, HARMS, Harm
from private_fargate.aws.create_only import STATEFUL
from private_fargate.plan.meaning import harm, meaning, rank
from private_fargate.plan.model import Change

if TYPE_CHECKING:
    from private_fargate.plan.model import Fate

GOLDEN = Path(__file__).parent.parent / "golden" / "logical_ids.txt"


def replaced(kind: str, fate: Fate = "Delete") -> Change:
    return Change(logical_id="X", type=kind, action="Modify", replacement="yes", fate=fate)


def removed(kind: str, fate: Fate = "Delete") -> Change:
    return Change(logical_id="X", type=kind, action="Remove", fate=fate)


def test_nothing_that_we_deploy_is_given_up_without_a_word_on_what_that_means() -> None:
    types = {line.split()[-1] for line in GOLDEN.read_text().splitlines() if "AWS::" in line}
    assert len(types) > 20
    assert types - CONSEQUENCES.keys() == set()


def test_every_consequence_says_where_it_is_written() -> None:
    assert [kind for kind, told in CONSEQUENCES.items() if not told.source.endswith(".html")] == []
    assert set(HARMS) == set(get_args(Harm))


def test_no_store_of_data_is_called_harmless() -> None:
    assert {kind for kind in STATEFUL if harm(removed(kind)) != "data lost"} == set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (removed("AWS::Logs::LogGroup"), "log events are lost"),
        (removed("AWS::ECR::Repository"), "AWS refuses while there are images"),
        (removed("AWS::KMS::Key"), "30 by default"),
        (removed("AWS::S3::Bucket"), "AWS refuses while there is an object"),
        (replaced("AWS::EC2::EIP"), "partners"),
        (replaced("AWS::EC2::VPC"), "Everything in the VPC is made anew"),
        (replaced("AWS::ServiceDiscovery::PrivateDnsNamespace"), "new hosted zone"),
        (replaced("AWS::ECS::Service"), "With a fixed ServiceName it fails"),
        (replaced("AWS::EC2::VPCEndpoint"), "private DNS"),
        (replaced("AWS::ECS::TaskDefinition"), "running tasks stay"),
        (removed("Custom::Thing"), "only it knows"),
        (replaced("AWS::New::Thing"), "not known for this type"),
    ],
)
def test_a_loss_is_told_in_the_words_of_who_suffers_it(change: Change, words: str) -> None:
    assert words in meaning(change)


def test_what_is_retained_is_not_said_to_be_lost() -> None:
    kept = removed("AWS::Logs::LogGroup", fate="Retain")
    assert "lost" not in meaning(kept)
    assert "stays in the account" in meaning(kept)
    assert "begins empty" in meaning(replaced("AWS::Logs::LogGroup", fate="Retain"))
    assert "snapshot" in meaning(removed("AWS::RDS::DBInstance", fate="Snapshot"))
    assert harm(kept) != "data lost"


def test_what_is_undecided_is_said_to_be() -> None:
    assert meaning(replace(replaced("AWS::EC2::EIP"), replacement="perhaps")).startswith(
        "If it is replaced: "
    )
    undecided = replace(replaced("AWS::EC2::EIP"), action="Dynamic", replacement="perhaps")
    assert meaning(undecided).startswith("If it is removed: ")


def test_what_stays_means_nothing() -> None:
    change = Change(logical_id="X", type="AWS::EC2::EIP", action="Modify")
    assert (meaning(change), harm(change)) == ("", "harmless")


def test_lost_data_comes_before_a_lost_address_and_that_before_minutes() -> None:
    kinds = ["AWS::ECS::TaskDefinition", "AWS::EC2::Route", "AWS::EC2::EIP", "AWS::Logs::LogGroup"]
    ordered = sorted(map(replaced, kinds), key=rank)
    assert [change.type for change in ordered] == kinds[::-1]
