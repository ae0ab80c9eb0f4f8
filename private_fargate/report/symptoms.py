"""Which rules a text of AWS may be about: its words are compared with the symptoms of the rules.

What differs from case to case, such as names, numbers and ARNs, is left out of a symptom; of the rest nearly
all has to occur in the text, in the same order.  A word counts the more the fewer symptoms have it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from private_fargate.report.wordings import WORDINGS
from private_fargate.verify.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENOUGH: Final = 0.85  # of a symptom's weight
_LEAST: Final = 4.0  # weight: two words that few symptoms have
_STEP: Final = 0.01  # by which a rule that is named later in the same row is less likely

_NO_WORDS: Final = "none:"
"""How a rule's symptom begins if AWS says nothing at all."""

# AWS's alternatives are joined by our own "or".
_ALTERNATIVES: Final = re.compile(r";\s*(?:or\b[:,]?)?\s*|\s/\s|,\s+or\s")
_VARIABLE: Final = re.compile(
    r"<[^>]*>|…|arn:[\w:/*-]+|\b[a-z]{2}(?:-[a-z]+)+-\d[a-z]?\b|\b(?:vpc|igw|rtb|subnet|sg|nat)-[0-9a-f]*|\b\d[\d./]*\b"
)
# What two causes differ in, while all the rest of their texts is the same: an action, a type, a host, who
# forbids, how it ended.
_CRUCIAL: Final = re.compile(
    r"\b[a-z0-9]+:[A-Z]\w+|\bAWS::\w+::\w+|\b(?:[\w-]+\.){2}(?:aws|io)\b"
    r"|\bdkr\.ecr\b|\bapi\.ecr\b|\bstarport\b|\bno (?:identity-based|VPC endpoint) policy"
    r"|\bForbidden\b|\bnot found\b|\btimeout\b|\bno such host\b"
)
_QUOTED: Final = re.compile(r"'[^']*'|\[[^\]]*\]")
_WORD: Final = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A rule that a text may be about.

    Attributes:
        rule: Its id.
        weight: How much of the text speaks for it.
        weak: Whether the text only repeats that something failed.
    """

    rule: str
    weight: float
    weak: bool = False


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The words of a symptom in their order; those in `loose` may be missing, none in `crucial` may."""

    words: tuple[str, ...]
    loose: frozenset[str]
    crucial: frozenset[str]
    rules: tuple[str, ...]
    weak: bool = False


def likely_rules(text: str) -> list[Likely]:
    """Return the rules that a text may be about, the most specific first.

    >>> [each.rule for each in likely_rules("No Fargate configuration exists for given values.")]
    ['TASK-001']
    """
    words = _words(text)
    there = frozenset(words)
    weights = _weights()
    found: dict[str, Likely] = {}
    for pattern in _patterns():
        if not pattern.crucial <= there:
            continue
        needed = sum(weights[word] for word in pattern.words if word not in pattern.loose)
        known = sum(weights[w] for w in pattern.words if w in there and w not in pattern.loose)
        if needed < _LEAST or known < _ENOUGH * needed:
            continue
        matched, strict = _in_order(pattern, words)
        if strict < _ENOUGH * needed:
            continue
        for place, rule in enumerate(pattern.rules):
            weight = matched - place * _STEP
            if rule not in found or found[rule].weight < weight:
                found[rule] = Likely(rule=rule, weight=weight, weak=pattern.weak)
    return sorted(found.values(), key=lambda each: (each.weak, -each.weight))


def _in_order(pattern: _Pattern, words: Sequence[str]) -> tuple[float, float]:
    """Return the greatest weight of a pattern's words that occur in order, with and without loose ones."""
    weights = _weights()
    best: list[tuple[float, float]] = [(0.0, 0.0)] * (len(words) + 1)
    for wanted in pattern.words:
        above, weight = best[0], weights[wanted]
        strict = 0.0 if wanted in pattern.loose else weight
        for i, word in enumerate(words, 1):
            before, above = above, best[i]
            with_it = (before[0] + weight, before[1] + strict) if word == wanted else above
            best[i] = max(above, with_it, best[i - 1])
    return best[-1]


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Return what AWS says, by the rules themselves and by the other wordings."""
    own = [
        _pattern(words, (rule.id,))
        for rule in RULES
        if not rule.symptom.startswith(_NO_WORDS)
        for words in _ALTERNATIVES.split(rule.symptom)
    ]
    others = [_pattern(each.words, each.rules, weak=each.weak) for each in WORDINGS]
    weak = {rule for each in WORDINGS if each.weak for rule in each.rules if len(each.rules) == 1}
    return (*(each for each in own if each.words and each.rules[0] not in weak), *others)


def _pattern(text: str, rules: tuple[str, ...], *, weak: bool = False) -> _Pattern:
    plain = _VARIABLE.sub(" ", text.lower())
    quoted = frozenset(_WORD.findall(" ".join(_QUOTED.findall(plain))))
    words = tuple(_words(plain))
    crucial = frozenset(_words(" ".join(_CRUCIAL.findall(text)))) & frozenset(words)
    return _Pattern(words=words, loose=quoted, crucial=crucial, rules=rules, weak=weak)


@cache
def _weights() -> dict[str, float]:
    """Return how much each word says: little if most symptoms have it."""
    patterns = _patterns()
    having = Counter(word for pattern in patterns for word in set(pattern.words))
    return {word: math.log(len(patterns) / count) for word, count in having.items()}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
