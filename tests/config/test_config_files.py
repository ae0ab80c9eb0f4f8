"""Files that extend each other, files that mean what they say, and files that mean nothing."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from private_fargate.config import ConfigError, Environment, json_schema, load, sources
from private_fargate.config.models import Network, RepositoryImage, SecretsManagerSecret

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
EXAMPLES = sorted(ENVIRONMENTS.glob("*.yaml"))


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / f"{next(iter(texts))}.yaml"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_an_environment(path: Path) -> None:
    assert isinstance(load(path), Environment)
    assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")


def test_a_name_and_one_service_are_the_whole_default_system() -> None:
    minimal = load(ENVIRONMENTS / "minimal.yaml")
    assert minimal.network == Network(cidr="10.0.0.0/16", zones=3, egress="nat-per-zone", endpoints="auto")
    assert minimal.services["web"].cpu == 512
    assert minimal.services["web"].memory == 1024


def test_what_yaml_1_1_mangles_stays_what_it_is(tmp_path: Path) -> None:
    values = "A: no, B: 22:22, C: 'yes', D: 1e3x"
    text = f"name: demo\nservices: {{ web: {{ image: x, port: 80, environment: {{ {values} }} }} }}"
    assert load(write(tmp_path, env=text)).services["web"].environment == {
        "A": "no",
        "B": "22:22",
        "C": "yes",
        "D": "1e3x",
    }


def test_a_file_takes_what_it_does_not_say_from_the_one_that_it_extends(tmp_path: Path) -> None:
    base = """\
name: base
tags: { A: '1', B: '2' }
services:
  web: { image: { repository: web }, port: 80, count: 2 }
  old: { image: x, port: 1 }
"""
    own = """\
extends: base.yaml
name: prod
tags: { B: '3' }
services: { web: { count: 5 }, old: null }
"""
    path = write(tmp_path, prod=own, base=base)
    environment = load(path)
    assert environment.name == "prod"
    assert environment.tags == {"A": "1", "B": "3"}
    assert list(environment.services) == ["web"]
    assert (environment.services["web"].count, environment.services["web"].port) == (5, 80)
    assert sources(path) == (path, tmp_path / "base.yaml")


def test_a_mistake_names_the_file_in_which_it_stands(tmp_path: Path) -> None:
    base = "name: base\nservices:\n  web: { image: x, port: 0 }\n"
    path = write(tmp_path, prod="extends: base.yaml\nnetwork: { zones: 1 }\n", base=base)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [(Path(found.file).name, found.line, found.setting) for found in caught.value.mistakes] == [
        ("base.yaml", 3, "services.web.port"),
        ("prod.yaml", 2, "network.zones"),
    ]


def test_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, a="extends: b.yaml", b="extends: a.yaml")
    with pytest.raises(ConfigError, match=r"a\.yaml extends itself; end the circle"):
        load(path)


def test_secrets_and_images_are_written_in_two_ways(tmp_path: Path) -> None:
    text = (
        "name: demo\nservices:\n  web:\n    image: { repository: web, digest: 'sha256:"
        + "a" * 64
        + "' }\n    port: 80\n"
        "    secrets: { A: /demo/a, B: { secretsmanager: 'demo/b:key::' } }\n"
    )
    web = load(write(tmp_path, env=text)).services["web"]
    assert web.image == RepositoryImage(repository="web", digest="sha256:" + "a" * 64)
    assert web.secrets == {"A": "/demo/a", "B": SecretsManagerSecret(secretsmanager="demo/b:key::")}


def test_the_schema_in_the_folder_of_the_examples_is_the_one_of_the_models() -> None:
    committed = json.loads((ENVIRONMENTS / "schema.json").read_text())
    assert committed == json_schema(), "write it anew: build.py schema > environments/schema.json"


def test_the_schema_describes_every_setting() -> None:
    schema = json_schema()
    groups: list[dict[str, Any]] = [schema, *schema["$defs"].values()]
    assert len(groups) > 10
    for group in groups:
        for name, setting in group["properties"].items():
            assert setting.get("description") or "$ref" in setting, name


def test_a_thousand_services_are_read_in_seconds(tmp_path: Path) -> None:
    services = "".join(
        f"  s{number}: {{ image: {{ repository: shared }}, port: 80, environment: {{ LEVEL: info }} }}\n"
        for number in range(1000)
    )
    path = write(tmp_path, env=f"name: many\nservices:\n{services}")
    start = time.perf_counter()
    assert len(load(path).services) == 1000
    assert time.perf_counter() - start < 5


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False)
names = st.sampled_from(
    [
        "name",
        "services",
        "web",
        "network",
        "zones",
        "cidr",
        "image",
        "port",
        "secrets",
        "extends",
        "jump_host",
        "tags",
        "x",
    ]
)
structures = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=25,
)
any_file = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@any_file
@given(content=st.binary(max_size=200))
def test_no_bytes_cause_anything_but_mistakes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "env.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path)


@any_file
@given(structure=structures)
def test_no_structure_causes_anything_but_mistakes(tmp_path: Path, structure: object) -> None:
    path = tmp_path / "env.yaml"
    path.write_text(json.dumps(structure))
    with suppress(ConfigError):
        load(path)
