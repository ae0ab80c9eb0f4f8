"""An AWS whose answers are written in the test, for what the embedded one cannot be brought to do.

botocore checks them, and what is asked, against its own model of the service.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from botocore.stub import Stubber

from private_fargate.deploy.session import connect_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

_NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


@contextmanager
def stubbed(service: str) -> Iterator[tuple[Session, Stubber]]:
    """Yield a session and what answers for one service; every answer has to be asked for."""
    session = connect_to(_NOWHERE)
    with Stubber(cast("Any", session.client(service))) as stubber:
        yield session, stubber
        stubber.assert_no_pending_responses()
