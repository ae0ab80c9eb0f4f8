from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from neighbours import REFUSED
from scene import SYSTEM
from work import ALLOWED

if TYPE_CHECKING:
    from scene import Request


@pytest.mark.parametrize("request_to_aws", ALLOWED, ids=str)
def test_an_agent_may_do_its_work(request_to_aws: Request, verdicts: dict[str, bool]) -> None:
    assert _verdict(request_to_aws, verdicts)


@pytest.mark.parametrize("request_to_aws", REFUSED, ids=str)
def test_what_lies_beside_the_work_is_refused(request_to_aws: Request, verdicts: dict[str, bool]) -> None:
    assert not _verdict(request_to_aws, verdicts)


def test_every_role_has_work_and_neighbours() -> None:
    for requests in (ALLOWED, REFUSED):
        tried = {
            request.resource.rsplit("/")[-1] for request in requests if request.action == "sts:AssumeRole"
        }
        assert tried == SYSTEM.roles()


def _verdict(request: Request, verdicts: dict[str, bool]) -> bool:
    if str(request) not in verdicts:
        pytest.skip("the engine does not know conditions on the encryption context of KMS")
    return verdicts[str(request)]
