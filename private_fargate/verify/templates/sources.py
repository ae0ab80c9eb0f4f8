"""Reading a template as CloudFormation does: JSON, or YAML with its short forms; and where what stands.

A template in JSON is read by the fast parser; that of YAML, which knows lines, is asked only when a
finding has to name one.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import orjson
import yaml

from private_fargate.verify.templates.loops import has_loops

if TYPE_CHECKING:
    from collections.abc import Sequence

Tree: TypeAlias = Any
"""What a template holds at some place: JSON has no narrower type."""

MOST_NODES: Final = 1_000_000
"""How much a template may hold once its aliases are followed: a template of the largest size has a tenth."""

MOST_LEVELS: Final = 100
"""How deep a template may be nested: what reads it goes down level by level.  None in use has thirty."""

_PAIR: Final = re.compile(r"\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}")
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SECTIONS: Final = ("Conditions", "Mappings", "Outputs", "Parameters")
_LOOP: Final = "contains itself through an alias"


class TemplateError(Exception):
    """A template that cannot be read; the message names the file, the line if there is one, and why."""


class Template:
    """One file with a template.

    Attributes:
        path: The file as it was named, or as its parent leads to it.
        body: What it holds, short forms written out: `!Ref X` is `{"Ref": "X"}`.
    """

    def __init__(self, path: Path, text: str) -> None:
        """Read a template from its text.

        Raises:
            TemplateError: If it is neither JSON nor YAML, or not a template.
        """
        self.path = path
        self._text = text
        self._keys: dict[int, dict[str, tuple[int, yaml.Node]]] = {}
        self.body: dict[str, Tree] = self._read()
        if not isinstance(self.body.get("Resources"), dict):
            raise TemplateError(f"{path}: this is no CloudFormation template: it has no Resources")
        for section in _SECTIONS:
            if not isinstance(self.body.get(section) or {}, dict):
                raise TemplateError(f"{path}:{self.line((section,))}: {section} is not a mapping")

    def _read(self) -> dict[str, Tree]:
        body: Tree = None
        if self._text.lstrip().startswith("{"):
            try:
                body = orjson.loads(self._text)
            except orjson.JSONDecodeError:
                body = None  # braces are YAML too, and its parser says where the mistake is
        try:
            if body is None:
                body = _Builder(self.path).build(self._nodes)
            deep = _is_deeper(body, MOST_LEVELS)
        except RecursionError:
            deep = True
        if deep:
            raise TemplateError(f"{self.path}: nests values more than {MOST_LEVELS} levels deep")
        if not isinstance(body, dict):
            raise TemplateError(f"{self.path}: this is no CloudFormation template: its top is not a mapping")
        return cast("dict[str, Tree]", body)

    @cached_property
    def _nodes(self) -> yaml.Node | None:
        try:
            # JSON indents with tabs too, which YAML forbids; neither has a raw tab within a JSON string.
            # It also writes a character beyond 16 bits as two escapes, neither of which YAML takes for one.
            text = _PAIR.sub(lambda pair: orjson.loads(f'"{pair.group()}"'), self._text.replace("\t", " "))
            return cast("yaml.Node | None", yaml.compose(text, Loader=_Loader))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise TemplateError(f"{self.path}:{line}: {error.problem or 'is not YAML'}") from error
        except yaml.YAMLError as error:
            raise TemplateError(f"{self.path}: {' '.join(str(error).split())}") from error

    @cached_property
    def file(self) -> Path:
        """Where it is, however it was named."""
        return self.path.resolve()

    @cached_property
    def has_loops(self) -> bool:
        """Whether there is an `Fn::ForEach` in it."""
        return has_loops(self.body)

    def line(self, keys: Sequence[str | int]) -> int:
        """Give the line, from 1, of what stands under some keys, or of the last of them that is there."""
        try:
            node = self._nodes
        except TemplateError:
            return 1  # JSON that no parser of YAML takes
        line = 1
        for key in keys:
            found = self._below(node, key)
            if found is None:
                break
            line, node = found
        return line

    def _below(self, node: yaml.Node | None, key: str | int) -> tuple[int, yaml.Node] | None:
        """Give the line of a key and the node under it."""
        if isinstance(node, yaml.MappingNode):
            if id(node) not in self._keys:
                self._keys[id(node)] = {
                    str(name.value): (name.start_mark.line + 1, value) for name, value in node.value
                }
            return self._keys[id(node)].get(str(key))
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            return node.value[key].start_mark.line + 1, node.value[key]
        return None


def _is_deeper(tree: Tree, levels: int) -> bool:
    level = [tree]
    for _ in range(levels):
        level = [node for node in level if isinstance(node, dict | list)]
        if not level:
            return False
        level = [below for node in level for below in (node.values() if isinstance(node, dict) else node)]
    return True


class _Builder:
    """Makes plain Python of YAML's nodes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: dict[int, tuple[Tree, int]] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node | None) -> Tree:
        return None if node is None else self._sized(node)[0]

    def _sized(self, node: yaml.Node) -> tuple[Tree, int]:
        """Make a node's value, once, and count what it holds with its aliases followed."""
        if id(node) in self._open:
            raise self._error(node, _LOOP)
        if id(node) not in self._made:
            self._open.add(id(node))
            self._made[id(node)] = self._make(node)
            self._open.discard(id(node))
        return self._made[id(node)]

    def _error(self, node: yaml.Node, what: str) -> TemplateError:
        return TemplateError(f"{self._path}:{node.start_mark.line + 1}: {what}")

    def _make(self, node: yaml.Node) -> tuple[Tree, int]:
        value, size = self._content(node)
        if size > MOST_NODES:
            raise self._error(node, f"holds more than {MOST_NODES} values once its aliases are followed")
        return _long_form(str(node.tag), value), size

    def _content(self, node: yaml.Node) -> tuple[Tree, int]:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            items = [self._sized(item) for item in node.value]
            return [value for value, _ in items], 1 + sum(size for _, size in items)
        return _scalar(str(node.tag), str(node.value)), 1

    def _mapping(self, node: yaml.MappingNode) -> tuple[Tree, int]:
        made: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        total = 1
        for key, below in node.value:
            value, size = self._sized(below)
            total += size
            if key.tag == "tag:yaml.org,2002:merge":
                # What is merged first counts.
                for part in reversed(value) if isinstance(value, list) else [value]:
                    merged |= cast("dict[str, Tree]", part) if isinstance(part, dict) else {}
            else:
                made[str(key.value)] = value
        return {**merged, **made}, total


def _scalar(tag: str, text: str) -> Tree:
    """Read a scalar; dates stay the text that they are, as CloudFormation has it."""
    match tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() in ("true", "yes", "on")
        case "int" | "float" as kind:
            return _number(text, kind)
        case _:
            return text


def _number(text: str, kind: str) -> Tree:
    """Read a number, but leave what only looks like one: an account's id with a leading zero, a time."""
    plain = text.lstrip("+-")
    if ":" in text or "_" in text or (len(plain) > 1 and plain[0] == "0" and plain[1] != "."):
        return text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text


def _long_form(tag: str, value: Tree) -> Tree:
    """Write a short form out: `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`."""
    if not tag.startswith("!") or tag == "!":
        return value
    name = tag[1:]
    if name in ("Ref", "Condition"):
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        return {"Fn::GetAtt": list(value.partition(".")[::2])}
    return {f"Fn::{name}": value}


def read(path: Path) -> Template:
    """Read the template in a file.

    Raises:
        TemplateError: If there is no such file, or it is not a template.
    """
    try:
        return Template(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TemplateError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}: {error}") from error


def plain_yaml(text: str) -> Tree:
    """Read YAML or JSON that is no template, such as a file of parameters.

    Raises:
        ValueError: If it is neither; the message names the line.
    """
    try:
        return _Builder(Path("parameters")).build(yaml.compose(text.replace("\t", " "), Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"line {line}: {error.problem}") from error
    except (yaml.YAMLError, TemplateError) as error:
        raise ValueError(" ".join(str(error).split())) from error
