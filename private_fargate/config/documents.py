"""YAML files as plain values that remember on which line each of them stands.

YAML 1.2: `no` and `22:22` are texts, and `012` is the number 12.  What could hurt is refused before
it does: files over 1 MB, aliases that unfold into millions of values, keys that stand twice.
"""

# ruamel.yaml leaves its nodes and marks untyped; this module is the seam to them.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from private_fargate.config.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ruamel.yaml.nodes import Node

KeyPath: TypeAlias = tuple[str, ...]

MAX_BYTES = 1_000_000
MAX_VALUES = 200_000  # a thousand services have about fifteen thousand
MAX_DEPTH = 20
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Place:
    """Where a setting stands, and how a single value is written there: 012, not the number 12."""

    file: str
    line: int
    written: str = ""


@dataclass(frozen=True)
class Document:
    """The values of a file, and where each setting stands by its path."""

    values: Mapping[str, Any]
    places: Mapping[KeyPath, Place]


def read(path: Path) -> Document:
    """Return the document of a file.

    Raises:
        ConfigError: the file cannot be read, is too large, is not YAML, or is no mapping.
    """
    root = _parse(str(path), _text(path))
    if root is None:
        raise _whole(path, "the file is empty", "write at least a name and one service")
    if not isinstance(root, MappingNode):
        raise _whole(
            path, "the file holds no settings by name", "write NAME: VALUE lines, such as name: demo"
        )
    reader = _Reader(str(path))
    values = reader.value(root, ())
    if reader.mistakes:
        raise ConfigError(reader.mistakes)
    return Document(values=values, places=reader.places)


def _whole(path: Path, what: str, remedy: str) -> ConfigError:
    return ConfigError([Mistake(str(path), 0, "", what, remedy)])


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _whole(path, "there is no such file", "correct the path") from None
    except IsADirectoryError:
        raise _whole(path, "this is a directory", "name a file in it") from None
    except OSError as error:
        raise _whole(path, f"the file cannot be read ({error.strerror})", "correct its permissions") from None
    if len(content) > MAX_BYTES:
        raise _whole(path, "the file is larger than 1 MB", "split it with extends")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _whole(path, f"byte {error.start} is not UTF-8", "save the file as UTF-8") from None


def _parse(file: str, text: str) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        problem = " ".join(str(error.problem or error.context or "cannot be parsed").split())
        raise ConfigError(
            [Mistake(file, line, "", f"not valid YAML: {problem}", "correct the line")]
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        problem = "too deeply nested" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise ConfigError(
            [Mistake(file, 0, "", f"not valid YAML: {problem}", "write plain NAME: VALUE lines")]
        ) from None


@dataclass
class _Reader:
    """Turns nodes into values and notes what is wrong with them."""

    file: str
    places: dict[KeyPath, Place] = field(default_factory=dict[KeyPath, Place])
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    _count: int = 0

    def value(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401  # whatever YAML can hold
        """Return the value of a node; sequences become tuples."""
        self._count += 1
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            what = (
                f"more than {MAX_VALUES:,} values"
                if self._count > MAX_VALUES
                else f"deeper than {MAX_DEPTH} levels"
            )
            raise ConfigError(
                [self._mistake(node, path, f"the file unfolds into {what}", "do without aliases")]
            )
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return tuple(self._item(item, (*path, str(index))) for index, item in enumerate(node.value))
        return self._scalar(cast("ScalarNode", node), path)

    def _item(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401
        self.places[path] = Place(self.file, node.start_mark.line + 1, _written(node))
        return self.value(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value).encode("utf-8", "backslashreplace").decode()
            place = (*path, key)
            if not isinstance(key_node, ScalarNode):
                self.mistakes.append(
                    self._mistake(key_node, path, "a key is not a name", "write NAME: VALUE")
                )
                continue
            if key in values:
                first = self.places[place].line
                what = f"stands twice, first on line {first}"
                self.mistakes.append(self._mistake(key_node, place, what, "remove one of the two"))
                continue
            self.places[place] = Place(self.file, key_node.start_mark.line + 1, _written(value_node))
            values[key] = self.value(value_node, place)
        return values

    def _scalar(self, node: ScalarNode, path: KeyPath) -> str | float | None:
        text, tag = str(node.value), str(node.tag).removeprefix(_TAG)
        if any("\ud800" <= character <= "\udfff" for character in text):
            what = "there is half a character, written as \\ud800 to \\udfff"
            self.mistakes.append(self._mistake(node, path, what, "write it as \\U and eight digits"))
            return ""
        if tag not in _READ:
            self.mistakes.append(
                self._mistake(node, path, f"the tag {tag} is unknown", "write a plain value")
            )
            return None
        return _READ[tag](text)

    def _mistake(self, node: Node, path: KeyPath, what: str, remedy: str) -> Mistake:
        return Mistake(self.file, node.start_mark.line + 1, ".".join(path), what, remedy)


def _written(node: Node) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""


def _whole_number(text: str) -> int | str:
    """Return the number; a text where Python could not print it again, as with thousands of digits."""
    plain = text.replace("_", "")
    bases = {"0x": 16, "0o": 8}
    try:
        return int(plain, bases.get(plain[:2].lower(), 10))
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Return the number; `.inf` and the like stay texts, because no setting can be one."""
    return float(text) if text.strip("+-").replace(".", "", 1).isdigit() else text


_READ: dict[str, Callable[[str], str | float | None]] = {
    "str": str,
    "timestamp": str,  # a date is no type of any setting
    "int": _whole_number,
    "float": _number,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _text: None,
}
