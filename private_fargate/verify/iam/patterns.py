"""Texts of policies against texts of requests, where either may be known in part.

`values.matches` says what a pattern covers.  Three things make policies harder than that.

A *generated name* is an attribute: the repository that nobody named will be called something.  No literal
name can be meant for it, but `prod-*` may well be: whoever wrote it knows the name of the stack.  So a
pattern with a wildcard that misses only because of an attribute has not missed; it cannot be told.

An *ARN* in a condition is compared in six parts, and a wildcard stays in its part.

A *policy variable* is filled in from the request when AWS decides, so it is as known as the request is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import all_of, matches

if TYPE_CHECKING:
    from private_fargate.verify.iam.requests import Request
    from private_fargate.verify.templates.values import Truth

UNKNOWN: Final = "\U0010fffd"
"""The last of the unknowns, which no template comes to: a policy variable that nobody can fill in."""

FOREIGN: Final = "\U000ffffd"
"""A name of AWS's own, such as the account that signs image layers: no template can name it.

It is the last of the attributes, and it is no generated name: a wildcard covers it, a literal never does.
"""

TASK: Final = "\U000ffffc"
"""What follows the account in the ARN for which ECS takes a role: see `trust.task_arn`."""

_ATTRIBUTE: Final = re.compile("[\U000f0000-\U000ffffb]")
_WILDCARD: Final = re.compile("[*?\U00100000-\U0010fffd]")
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_ARN_PARTS: Final = 6


@lru_cache(maxsize=65536)
def covers(pattern: str, text: str) -> Truth:
    """Say whether a pattern of a policy covers a text of a request.

    >>> covers("secret:db-??????", "secret:db-a1B2c3"), covers("prod-*", "\U000f0000")
    (True, None)
    >>> covers("prod", "\U000f0000"), covers("*", "\U000f0000")
    (False, True)
    """
    if text.endswith(TASK):
        return _covers_task(pattern, text)
    if _misses_resource(pattern, text):
        return False
    answer = matches(pattern, text)
    if answer is True and "?" in pattern and has_symbol(text):
        # One `?` is one character, and a symbol may stand for any number of them.
        return True if pattern == text or _exactly(pattern).fullmatch(text) else None
    if answer is False and _WILDCARD.search(pattern):
        return _covers_generated(pattern, text)
    return answer


def _covers_generated(pattern: str, text: str) -> Truth:
    """Say whether the pattern could cover the text if generated names came out right."""
    names = set(_ATTRIBUTE.findall(text)) - set(pattern)
    if not names or any(name not in text for name in _ATTRIBUTE.findall(pattern)):
        return False
    loose = "".join(UNKNOWN if character in names else character for character in text)
    return False if matches(pattern, loose) is False else None


def _misses_resource(pattern: str, text: str) -> bool:
    """Say whether the pattern of an ARN misses whatever the region and the account are.

    They have no colons, so that what follows the fifth of the pattern covers what follows the fifth of the
    text, or a later one if a wildcard runs on.
    """
    ours, theirs = pattern.split(":", _ARN_PARTS - 1), text.split(":", _ARN_PARTS - 1)
    if not len(ours) == len(theirs) == _ARN_PARTS or not ours[0] == theirs[0] == "arn":
        return False
    rest = theirs[-1].split(":")
    return all(covers(ours[-1], ":".join(rest[index:])) is False for index in range(len(rest)))


def _covers_task(pattern: str, text: str) -> Truth:
    """Say whether the pattern covers a task, whatever ECS says of it after the account."""
    if covers(pattern, text[:-1] + FOREIGN):
        return True
    cluster_and_id = covers(pattern, f"{text[:-1]}task/{FOREIGN}/{FOREIGN}")
    return False if cluster_and_id is False else None


@lru_cache(maxsize=4096)
def _exactly(pattern: str) -> re.Pattern[str]:
    one = "[^\U000f0000-\U0010fffd]"
    return re.compile(
        "".join("[\\s\\S]*" if c == "*" else one if c == "?" else re.escape(c) for c in pattern)
    )


def covers_arn(pattern: str, text: str) -> Truth:
    """Say whether the pattern of an ARN covers an ARN, part by part.

    Source: IAM User Guide, "ARN condition operators": each of the six components is checked separately.

    >>> covers_arn("arn:aws:ecs:*:1:*", "arn:aws:ecs:eu-west-1:1:task/a/b")
    True
    >>> covers_arn("arn:aws:ecs:*:task", "arn:aws:ecs:eu-west-1:1:task") is None
    True
    """
    whole = covers(pattern, text)
    if pattern == text or whole is False:
        return whole
    ours, theirs = pattern.split(":", _ARN_PARTS - 1), text.split(":", _ARN_PARTS - 1)
    if len(ours) == len(theirs) == _ARN_PARTS:
        return all_of(map(covers, ours, theirs))
    # A symbol may be several parts, and of a pattern with too few AWS does not say what it means.
    return None


def fill(text: str, request: Request, *, variables: Truth) -> str:
    """Put the values of a request where a policy has variables; what cannot be told becomes `UNKNOWN`.

    Args:
        text: A resource, or a value of a condition.
        request: The request to decide.
        variables: Whether the policy's version has variables.

    Source: IAM User Guide, "IAM policy elements: Variables and tags": versions before 2012-10-17 have none,
    a variable without a value "might" make the statement invalid, and `${*}` is a character.
    """
    if variables is False or "${" not in text:
        return text
    return _VARIABLE.sub(lambda match: _value(match.group(1), request) if variables else UNKNOWN, text)


def _value(variable: str, request: Request) -> str:
    if variable == "$":
        return "$"
    key, *default = variable.split(",", 1)
    known = request.values_of(key.strip())
    if known == () and default:
        return default[0].strip().strip("'")
    if known is None or len(known) != 1 or "*" in known[0] or "?" in known[0]:
        # A wildcard in a value is a character, and patterns have no way to write one.
        return UNKNOWN
    return known[0]
