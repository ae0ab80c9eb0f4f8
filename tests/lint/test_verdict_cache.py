"""The cache answers only the question that it was asked, and believes no file that it did not write."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from private_fargate.lint import Finding, cache, lint
from private_fargate.lint.cache import Cache, Question
from private_fargate.lint.findings import Verdict

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = Question("cfn-lint", "1.58.0", ("us-east-1",), informational=False)
FAULT = Finding(
    file="network.json", linter="cfn-lint", rule="E3002", severity="error", path="Resources/Vpc", message="no"
)
GUILTY, CLEAN = Verdict((FAULT,)), Verdict(())


@pytest.fixture
def key(system: dict[str, bytes]) -> str:
    return QUESTION.key("network.json", system)


@pytest.fixture
def store(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def entry(store: Cache, key: str) -> Path:
    return store.directory / f"{key}.json"


def test_a_verdict_comes_back_as_it_was(store: Cache, key: str) -> None:
    assert store.read(key) is None
    for verdict in (GUILTY, CLEAN):
        store.write(key, verdict)
        assert store.read(key) == verdict


def test_everything_that_a_verdict_depends_on_is_in_its_key(
    system: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_network = {**system, "network.json": system["network.json"] + b" "}
    other_parent = {**system, "parent.json": system["parent.json"] + b" "}
    keys = [
        QUESTION.key("parent.json", system),
        QUESTION.key("network.json", system),
        QUESTION.key("parent.json", other_parent),
        QUESTION.key("parent.json", other_network),  # cfn-lint reads the child while it judges the parent
        replace(QUESTION, linter="cloudformation-validate").key("parent.json", system),
        replace(QUESTION, version="1.59.0").key("parent.json", system),
        replace(QUESTION, regions=("us-east-1", "eu-west-1")).key("parent.json", system),
        replace(QUESTION, informational=True).key("parent.json", system),
    ]
    monkeypatch.setattr(cache, "EXCLUDED", {"W9999": "no reason"})
    keys.append(QUESTION.key("parent.json", system))
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)


def test_what_a_template_does_not_nest_is_not_in_its_key(system: dict[str, bytes]) -> None:
    other_parent = {**system, "parent.json": system["parent.json"] + b" "}
    assert QUESTION.key("network.json", system) == QUESTION.key("network.json", other_parent)
    twice = replace(QUESTION, regions=("us-east-1", "us-east-1"))
    assert QUESTION.key("parent.json", system) == twice.key("parent.json", system)


def test_no_prefix_of_an_entry_is_believed(store: Cache, key: str) -> None:
    store.write(key, GUILTY)
    whole = entry(store, key).read_bytes()
    for length in range(len(whole)):
        entry(store, key).write_bytes(whole[:length])
        assert store.read(key) is None, length


def test_no_entry_with_a_changed_byte_is_believed(store: Cache, key: str) -> None:
    """Whatever still passes must say the same."""
    store.write(key, GUILTY)
    whole = entry(store, key).read_bytes()
    for place in range(len(whole)):
        entry(store, key).write_bytes(whole[:place] + b"x" + whole[place + 1 :])
        assert store.read(key) in {None, GUILTY}, place


def test_findings_cannot_be_edited_out(store: Cache, key: str) -> None:
    store.write(key, GUILTY)
    content = json.loads(entry(store, key).read_bytes())
    entry(store, key).write_text(json.dumps({**content, "findings": []}))
    assert store.read(key) is None


def test_a_clean_verdict_about_another_template_is_not_believed(store: Cache, key: str) -> None:
    other = "0" * 64
    store.write(other, CLEAN)
    shutil.copy(entry(store, other), entry(store, key))
    assert store.read(other) == CLEAN
    assert store.read(key) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"{}",
        b"[" * 60_000,
        b" " * 10_000_000,
    ],
    ids=["empty", "zeros", "not text", "null", "list", "number", "string", "object", "deep", "huge"],
)
def test_a_foreign_file_is_ignored_and_overwritten(store: Cache, key: str, content: bytes) -> None:
    store.directory.mkdir()
    entry(store, key).write_bytes(content)
    assert store.read(key) is None
    store.write(key, GUILTY)
    assert store.read(key) == GUILTY


def test_a_folder_or_a_dead_link_in_the_place_of_an_entry_is_only_a_miss(store: Cache, key: str) -> None:
    entry(store, key).mkdir(parents=True)
    assert store.read(key) is None
    store.write(key, GUILTY)
    assert store.read(key) is None
    entry(store, key).rmdir()
    entry(store, key).symlink_to("nowhere")
    assert store.read(key) is None
    store.write(key, GUILTY)
    assert store.read(key) == GUILTY
    assert [path.name for path in store.directory.iterdir()] == [f"{key}.json"]


def test_a_linter_that_gave_up_is_asked_again(store: Cache, key: str) -> None:
    store.write(key, Verdict((FAULT,), complete=False))
    assert store.read(key) is None


def test_an_endless_verdict_is_not_kept(store: Cache, key: str) -> None:
    store.write(key, Verdict((replace(FAULT, message="x" * cache.MAX_ENTRY_BYTES),)))
    assert not store.directory.exists()


def test_the_oldest_entries_go_when_there_are_too_many(store: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 3)
    keys = [f"{number:064}" for number in range(5)]
    for age, name in enumerate(reversed(keys)):
        store.write(name, CLEAN)
        os.utime(entry(store, name), (time.time() - age, time.time() - age))
    store.prune()
    assert {path.stem for path in store.directory.iterdir()} == set(keys[2:])


def test_a_cache_that_cannot_be_written_changes_no_verdict(system: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    faulty = {**system, "network.json": system["network.json"].replace(b"CidrBlock", b"CidrBlok")}
    assert lint(faulty, ["us-east-1"], cache=tmp_path / "file" / "cache") == lint(faulty, ["us-east-1"])


def test_writers_at_the_same_time_never_show_half_an_entry(store: Cache, key: str) -> None:
    verdicts = [Verdict((replace(FAULT, message=letter * 30_000),)) for letter in "abcd"]
    store.write(key, verdicts[0])

    def write_often(verdict: Verdict) -> None:
        for _ in range(50):
            store.write(key, verdict)

    writers = [threading.Thread(target=write_often, args=(verdict,)) for verdict in verdicts]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        seen.append(store.read(key))
    assert None not in seen
    assert set(seen) <= set(verdicts)
    assert [path.name for path in store.directory.iterdir()] == [f"{key}.json"]


def test_what_is_remembered_is_what_the_linters_said(system: dict[str, bytes], tmp_path: Path) -> None:
    faulty = {**system, "network.json": system["network.json"].replace(b"CidrBlock", b"CidrBlok")}
    first = lint(faulty, ["us-east-1"], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4  # two templates, two linters
    assert lint(faulty, ["us-east-1"], cache=tmp_path) == first == lint(faulty, ["us-east-1"])
    assert lint(system, ["us-east-1"], cache=tmp_path) == ()


def test_a_corrupted_cache_does_not_hide_a_fault(system: dict[str, bytes], tmp_path: Path) -> None:
    faulty = {**system, "network.json": system["network.json"].replace(b"CidrBlock", b"CidrBlok")}
    first = lint(faulty, ["us-east-1"], cache=tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-5])
    assert lint(faulty, ["us-east-1"], cache=tmp_path) == first
    assert lint(faulty, ["us-east-1"], cache=tmp_path) == first
