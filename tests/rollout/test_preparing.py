"""What is looked at before anything is rolled out, or made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from stubbed import stubbed

from private_fargate import deploying
from private_fargate.deploy.artifacts import MissingBucketError, require_bucket
from private_fargate.deploy.session import DeployError
from private_fargate.deploy.watching import Watcher
from private_fargate.rollout.client import StackSet, looked_up
from private_fargate.rollout.preparing import UnknownBucketError, order_of
from private_fargate.rollout.targets import TargetError
from private_fargate.whereabouts import Where
from tests.rollout.house import ADMINISTRATOR, environment, session_in, templates

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

ACCOUNT = "246000000001"


@pytest.fixture
def session(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Session:
    """An administrator's session, whoever asks for one, and a small system, whatever is to be built."""
    found = session_in(aws, ADMINISTRATOR, "sa-east-1")  # where no test makes a bucket
    monkeypatch.setattr(Where, "session", lambda *_: found)
    monkeypatch.setattr(deploying, "templates_of", lambda *_, **__: templates())
    return found


def settings(folder: Path, **rollout: Any) -> Path:
    """Write settings with this rollout."""
    said = environment(None, "sa-east-1").model_dump(mode="json", include={"name", "regions"})
    services = {"web": {"image": "public.ecr.aws/nginx/nginx:1.29", "port": 80}}
    rolled = {"permissions": "self-managed", "accounts": [ACCOUNT], **rollout}
    file = folder / "house.yaml"
    file.write_text(yaml.safe_dump({**said, "services": services, "rollout": rolled}))
    return file


def test_a_misspelled_value_is_told_before_a_bucket_is_made(session: Session, tmp_path: Path) -> None:
    file = settings(tmp_path, parameters={"Color": "blue"})
    with pytest.raises(TargetError, match=r"rollout\.parameters: Color is no .* did you mean Colour") as told:
        order_of(file, Where(), may_bootstrap=Watcher())
    assert told.value.exit_code == 2
    with pytest.raises(MissingBucketError):
        require_bucket(session)


@pytest.mark.usefixtures("session")
def test_a_bucket_that_is_not_there_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(UnknownBucketError, match="--bucket: there is no bucket nowhere; correct") as told:
        order_of(settings(tmp_path), Where(), bucket="nowhere")
    assert told.value.exit_code == 2


def test_what_aws_refuses_to_tell_is_a_message_and_no_bug() -> None:
    """`rollout-remove` and `rollout-import` look first, with nothing else around that explains a refusal."""
    with stubbed("cloudformation") as (session, stubber):
        stubber.add_client_error("describe_stack_set", "AccessDenied", "you may not")
        with pytest.raises(DeployError, match="you may not"):
            looked_up(StackSet(session=session, name="house"))
