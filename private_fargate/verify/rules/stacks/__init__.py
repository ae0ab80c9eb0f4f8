"""Rules about what CloudFormation does with templates, and with what they replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.stacks import (
    addresses,
    data,
    deletion,
    forms,
    names,
    templates,
    updates,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *templates.RULES,
    *addresses.RULES,
    *data.RULES,
    *deletion.RULES,
    *updates.RULES,
    *names.RULES,
    *forms.RULES,
)
