"""A launch form as Service Catalog tells it, and the values that a team fills in, checked before all else.

Service Catalog would refuse them too, but one after the other, and some only when a stack is under way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.errors import UserError
from private_fargate.verify.templates import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from private_fargate.catalog.offers import Offer
    from private_fargate.deploy.session import Session

_LONGEST: Final = 4_096
"""Characters of a value.

Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
"""

OPTION: Final = "--parameter"


class ParameterError(UserError):
    """Values that the launch form does not take; one line for each."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the launch form.

    Attributes:
        key: its name.
        kind: as `Number`, or `List<AWS::EC2::Subnet::Id>`.
        default: what is taken if nothing is said; None if something has to be said.
        description: what it is.
        allowed: the values that it takes; empty for any.
        pattern: what a value looks like; empty for anything.
        limits: `MinLength`, `MaxLength`, `MinValue` and `MaxValue`, as far as there are any.
        constraint: what a value has to be, in words.
    """

    key: str
    kind: str = "String"
    default: str | None = None
    description: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    limits: tuple[tuple[str, float], ...] = ()
    constraint: str = ""

    def objections(self, value: str) -> Iterator[str]:
        """Yield what is wrong with a value, each in words that say what to write instead."""
        if len(value) > _LONGEST:
            yield f"it has {len(value)} characters; Service Catalog takes {_LONGEST}"
        items = value.split(",") if self._is_list else [value]
        for item in items:
            if self.allowed and item.strip() not in self.allowed:
                yield f"{item}: not allowed; write {_either(self.allowed)}"
            elif self.pattern and not _matches(self.pattern, item):
                yield f"{item}: {self.constraint or f'has to match {self.pattern}'}"
            elif objection := self._beyond(item):
                yield f"{item}: {objection}"

    @property
    def _is_list(self) -> bool:
        return self.kind == "CommaDelimitedList" or self.kind.startswith("List<")

    def _beyond(self, item: str) -> str:
        limits = dict(self.limits)
        if "Number" in self.kind:
            try:
                size = float(item)
            except ValueError:
                return "not a number"
            least, most, what = limits.get("MinValue"), limits.get("MaxValue"), ""
        else:
            size, what = float(len(item)), " characters"
            least, most = limits.get("MinLength"), limits.get("MaxLength")
        if least is not None and size < least:
            return f"write at least {least:g}{what}"
        return f"write at most {most:g}{what}" if most is not None and size > most else ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a team fills in.

    Attributes:
        fields: by name.
        tag_options: the values among which each tag has to be chosen.
    """

    fields: Mapping[str, Field]
    tag_options: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Given:
    """A value, and where it stands: `values.yaml:3`, or the option."""

    value: str
    place: str = OPTION


def form_of(session: Session, offer: Offer) -> Form:
    """Return the launch form of a version."""
    described = session.client("servicecatalog").describe_provisioning_parameters(
        ProductId=offer.product, ProvisioningArtifactId=offer.version.id, PathId=offer.path
    )
    fields = [_field(each) for each in described.get("ProvisioningArtifactParameters", [])]
    options = described.get("TagOptions", [])
    return Form(
        fields={field.key: field for field in fields},
        tag_options={option["Key"]: tuple(option.get("Values", [])) for option in options},
    )


def _field(said: Mapping[str, Any]) -> Field:
    constraints: Mapping[str, Any] = said.get("ParameterConstraints", {})
    names = ("MinLength", "MaxLength", "MinValue", "MaxValue")
    return Field(
        key=said["ParameterKey"],
        kind=said.get("ParameterType", "String"),
        default=said.get("DefaultValue"),
        description=said.get("Description", ""),
        allowed=tuple(constraints.get("AllowedValues", [])),
        pattern=constraints.get("AllowedPattern", ""),
        limits=tuple((name, float(constraints[name])) for name in names if constraints.get(name)),
        constraint=constraints.get("ConstraintDescription", ""),
    )


def read(given: Iterable[str]) -> dict[str, Given]:
    """Return the values that are given, with where each stands; later ones win.

    Args:
        given: `KEY=VALUE`, or the path of a file as `build.py verify` takes it.

    Raises:
        ParameterError: one is neither.
    """
    found: dict[str, Given] = {}
    for text in given:
        try:
            values = arguments.read([text])
        except arguments.ArgumentError as error:
            said = str(error).removeprefix("--parameters").strip()  # as the verifier calls the option
            message = f"{OPTION}: {said}"
            raise ParameterError(message) from error
        lines = _lines(text)
        found |= {key: Given(value=value, place=_place(lines, key, text)) for key, value in values.items()}
    return found


def _lines(text: str) -> list[str] | None:
    path = Path(text.removeprefix("file://"))
    key, equals, _ = text.partition("=")
    return None if equals and key.isalnum() else path.read_text(encoding="utf-8").splitlines()


def _place(lines: list[str] | None, key: str, text: str) -> str:
    """Return the file and line where a key stands, as far as its line can be told."""
    if lines is None:
        return OPTION
    written = re.compile(rf"(?:^|[\s\"'{{,]){re.escape(key)}(?=[\"'\s]*(?:[:=,}}]|$))")
    name = text.removeprefix("file://")
    return next((f"{name}:{number}" for number, line in enumerate(lines, 1) if written.search(line)), name)


def checked(form: Form, given: Mapping[str, Given], *, kept: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the values by name, if the form takes them.

    Args:
        form: of the version.
        given: what was said.
        kept: what has a value already, which stays if nothing is said.

    Raises:
        ParameterError: something is unknown, missing or not allowed; one line for each.
    """
    problems = list(_problems(form, given, kept))
    if problems:
        raise ParameterError("\n".join(problems))
    return {key: each.value for key, each in given.items()}


def _problems(form: Form, given: Mapping[str, Given], kept: frozenset[str]) -> Iterator[str]:
    for key, each in given.items():
        if key not in form.fields:
            known = ", ".join(sorted(form.fields)) or "none"
            yield f"{each.place}: {key}: the product has no such parameter; there are {known}"
            continue
        yield from (f"{each.place}: {key}: {text}" for text in form.fields[key].objections(each.value))
    for key, field in form.fields.items():
        if field.default is None and key not in given and key not in kept:
            about = f" ({field.description})" if field.description else ""
            yield f"{OPTION}: {key}: has no value{about}; write {key}=VALUE"


def tags_for(form: Form, chosen: Iterable[str]) -> dict[str, str]:
    """Return the tags of what is launched; those with one value follow by themselves.

    Args:
        form: of the version.
        chosen: `KEY=VALUE` each.

    Raises:
        ParameterError: a tag is not chosen, or chosen as it is not offered; one line for each.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for text in chosen:
        key, equals, value = text.partition("=")
        if not (key and equals):
            problems.append(f"--tag: {text}: write KEY=VALUE")
        elif key in form.tag_options and value not in form.tag_options[key]:
            problems.append(f"--tag: {text}: not offered; write {key}={_either(form.tag_options[key])}")
        found[key] = value
    for key, values in form.tag_options.items():
        if len(values) == 1:
            found.setdefault(key, values[0])
        elif key not in found:
            problems.append(f"--tag: {key}: has to be chosen; write {key}={_either(values)}")
    if problems:
        raise ParameterError("\n".join(problems))
    return found


def _either(values: tuple[str, ...]) -> str:
    """Return a choice in words.

    >>> _either(("1", "3", "5"))
    '1, 3 or 5'
    """
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last


def _matches(pattern: str, value: str) -> bool:
    """Say whether a value is as CloudFormation wants it; a pattern that only Java can read is left to AWS."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True
