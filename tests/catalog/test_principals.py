"""Who is to launch, looked at before AWS is asked for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.catalog.principals import PrincipalError, check_principals
from private_fargate.catalog.publication import prepared
from private_fargate.whereabouts import Where
from tests.catalog.shop import settings

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

HERE, ELSEWHERE = "111122223333", "444455556666"
FILE = Path("shop.yaml")


def said(*principals: str) -> str:
    with pytest.raises(PrincipalError) as caught:
        check_principals(FILE, principals, lambda: HERE)
    return str(caught.value)


def test_a_role_of_another_account_is_refused_with_the_pattern_to_write() -> None:
    told = said(f"arn:aws:iam::{HERE}:role/team", f"arn:aws:iam::{ELSEWHERE}:role/path/team")
    assert told == (
        f"shop.yaml: catalog.principals: arn:aws:iam::{ELSEWHERE}:role/path/team is of another account than "
        f"{HERE}, in which this is published; write arn:aws:iam:::role/path/team, and `principals: true` "
        "under catalog.shares, or let that account name it"
    )
    assert PrincipalError("").exit_code == 2


def test_a_pattern_has_no_account_and_all_mistakes_are_told_at_once() -> None:
    told = said(f"arn:aws-cn:iam::{HERE}:role/team-*", f"arn:aws:iam::{ELSEWHERE}:user/one").splitlines()
    assert len(told) == 2
    assert "is a pattern, which has no account; write arn:aws-cn:iam:::role/team-*" in told[0]


def test_nobody_is_asked_for_the_account_where_none_is_named() -> None:
    check_principals(FILE, ("arn:aws:iam:::role/team-*",), lambda: pytest.fail("was asked"))
    check_principals(FILE, (f"arn:aws:iam::{HERE}:group/all",), lambda: HERE)


@pytest.mark.emulator
def test_publishing_begins_with_who_may_launch(
    extended_aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before templates are built or sent, in which a minute goes by."""
    for name, value in extended_aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("private_fargate.deploying.templates_of", lambda *_, **__: pytest.fail("was built"))
    path = settings(tmp_path, "strange")
    foreign = f'principals: ["arn:aws:iam::{ELSEWHERE}:role/team"], keep_versions'
    path.write_text(path.read_text().replace("keep_versions", foreign))
    with pytest.raises(PrincipalError, match=f"{ELSEWHERE}:role/team is of another account than 1234567890"):
        prepared(path, Where())
