"""Rules about task definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.tasks import (
    containers,
    images,
    log_regions,
    logging,
    offers,
    platforms,
    secrets,
    sizes,
    volumes,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *sizes.RULES,
    *offers.RULES,
    *platforms.RULES,
    *containers.RULES,
    *logging.RULES,
    *log_regions.RULES,
    *secrets.RULES,
    *images.RULES,
    *volumes.RULES,
)
