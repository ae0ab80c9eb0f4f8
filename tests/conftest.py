"""What tests of several parts need."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.local.embedded import EmbeddedAws


# A shell that runs tests in the background has them ignore Ctrl-C, and so what they start; undo that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[EmbeddedAws]:
    """An embedded AWS; each process that runs tests has its own, and starts it when a test asks."""
    from private_fargate.local.embedded import EmbeddedAws  # noqa: PLC0415 -- most tests need none

    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def extended_aws() -> Iterator[EmbeddedAws]:
    """One that also has the services which stand in `tests/fakes`; what deploys, not they, is tested without.

    One for all who need any of them: to start costs two seconds of a processor.  So a test takes an account,
    or at least names, of its own.
    """
    from private_fargate.local.embedded import EmbeddedAws  # noqa: PLC0415 -- most tests need none
    from tests import fakes  # noqa: PLC0415 -- the same

    with EmbeddedAws(extensions=fakes.ALL) as aws:
        yield aws
