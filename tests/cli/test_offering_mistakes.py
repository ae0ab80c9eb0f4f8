"""The commands of a product and of an organization: what they say of themselves, and to whom errs."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, cast

import click
import pytest
from click.testing import CliRunner

from private_fargate.cli import cli, main
from private_fargate.inputs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = ("catalog", "product", "rollout")


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command below a group."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        yield (*before, name)


OFFERING = [words for words in commands(cli) if words[0].startswith(GROUPS)]


@pytest.mark.parametrize("words", OFFERING, ids=" ".join)
def test_each_command_explains_itself_its_options_and_its_exit_codes(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="build.py")
    assert shown.exit_code == 0
    assert f"Usage: build.py {' '.join(words)} [OPTIONS]" in shown.output
    assert "Exit codes:\n    0    " in shown.output
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert command.help
    assert all(each.help for each in command.params if isinstance(each, click.Option)), words


def help_of(*words: str) -> str:
    return " ".join(CliRunner().invoke(cli, [*words, "--help"]).output.split())


@pytest.mark.parametrize("verb", ["launch", "update"])
def test_a_value_of_the_launch_form_is_given_as_one_of_a_stack_is(verb: str) -> None:
    assert "--parameter KEY=VALUE|FILE Values of" in help_of("catalog", verb)
    assert "--parameter KEY=VALUE " in help_of("deploy")


@pytest.mark.parametrize("verb", ["publish", "versions", "diff", "deprecate", "prune", "role"])
def test_the_stack_of_a_catalog_is_called_as_it_is(verb: str) -> None:
    assert "--stack NAME The stack; ENVIRONMENT-catalog, if left out." in help_of("catalog", verb)
    assert "--stack NAME The stack; the environment's name, if left out." in help_of("deploy")


def lines_in(*documents: str) -> Iterator[str]:
    """Yield the commands that documents tell people to type."""
    for document in documents:
        blocks = re.split(r"^```.*$", (ROOT / document).read_text(), flags=re.MULTILINE)[1::2]
        for block in blocks:
            yield from re.findall(
                r"build\.py ((?:catalog|product|rollout).*?)(?: *#.*)?$", block, re.MULTILINE
            )


@pytest.mark.parametrize("line", [*lines_in("README.md", "docs/service-catalog.md", "docs/organisation.md")])
def test_what_documents_tell_to_type_is_understood(line: str) -> None:
    command, words = cast("click.Command", cli), shlex.split(line)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    command.make_context(line, words)


@pytest.fixture
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody whose machine knows no credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("_nobody")
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("catalog publish nowhere", 2, "environments/nowhere.yaml: there is no such environment"),
        ("catalog launch nowhere shop", 2, "environments/nowhere.yaml: there is no such environment"),
        ("rollout nowhere", 2, "environments/nowhere.yaml: there is no such environment"),
        ("product minimal", 2, "catalog: it is missing"),
        ("catalog publish minimal", 2, "catalog: is missing"),
        ("rollout minimal", 2, "`rollout:`"),
        ("rollout-status minimal", 2, "`rollout:`"),
        ("catalog launch demo", 2, "Missing argument 'NAME'"),
        ("catalog launch demo my/shop", 2, "NAME: 'my/shop' is not what Service Catalog takes; write up to"),
        ("catalog launch demo pp-shop", 2, "NAME: pp-shop looks like an ID"),
        ("rollout-remove demo", 2, "Missing option '--stacks'"),
        ("catalog list demo", 4, "Unable to locate credentials"),
        ("catalog versions demo", 4, "Unable to locate credentials"),
        ("catalog launch demo shop", 4, "Unable to locate credentials"),
        ("catalog launch demo shop --parameter A=1", 4, "Unable to locate credentials"),
        ("catalog update demo shop --parameters A=1", 4, "Unable to locate credentials"),
        (
            "catalog launch demo shop --parameter nowhere",
            2,
            "--parameter: nowhere: it is neither KEY=VALUE nor",
        ),
    ],
)
def test_a_mistake_is_told_in_words_and_by_the_exit_code(
    line: str, code: int, words: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has no credentials yet learns of the other mistakes all the same."""
    monkeypatch.chdir(ROOT)
    assert main(line.split()) == code
    told = capfd.readouterr()
    assert words in told.err
    assert (told.out, "Traceback" in told.err) == ("", False)
