from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.fabric.authority import Authority, Call, Caller, Verdict
from private_fargate.fabric.describing import read
from private_fargate.mirroring import digest_parameters
from tests.support.deployments import deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import Endpoint

BUCKET = "fabric-tests"
PULL = "ecr:BatchGetImage"
LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/"


@pytest.fixture(scope="module")
def network(aws: Session, demo_settings: Environment) -> Iterator[Network]:
    """The demo with its service at once; nobody asks here whether its image is in the repository."""
    digests = digest_parameters(demo_settings, {"nginx": f"sha256:{'0' * 64}"}, ["NginxImageDigest"])
    outputs = deployed(aws, demo_settings, digests, bucket=BUCKET)
    yield read(aws, outputs["VpcId"])
    assert destroy(aws, demo_settings.name, Remover()).succeeded


class Scene:
    """The demo's task as it calls through the demo's endpoints."""

    def __init__(self, aws: Session, network: Network) -> None:
        self.task = next(iter(network.tasks.values()))
        self.account = self.task.arn.split(":")[4]
        self._network, self._authority = network, Authority(aws, network)

    def caller(self, role: str | None) -> Caller | None:
        assert role
        given = self._authority.credentials(role, service="ecs-tasks.amazonaws.com", source_arn=self.task.arn)
        return self._authority.caller(given.access_key)

    def through(self, service: str, caller: Caller | None, action: str, resource: str) -> Verdict:
        endpoint = self._endpoint(service)
        context: dict[str, Any] = {"aws:sourcevpce": endpoint.id, "aws:sourcevpc": self._network.vpc.id}
        call = Call(action=action, resource=resource, context=context)
        return self._authority.judge(caller, call, endpoint.policy)

    def _endpoint(self, service: str) -> Endpoint:
        return next(
            each for each in self._network.endpoints.values() if each.service_name.endswith(f".{service}")
        )


@pytest.fixture(scope="module")
def scene(aws: Session, network: Network) -> Scene:
    return Scene(aws, network)


def test_the_execution_role_does_what_the_agent_needs_and_no_more(scene: Scene) -> None:
    caller = scene.caller(scene.task.execution_role_arn)
    container = scene.task.containers[0]
    repository = container.image.partition("/")[2].partition("@")[0]
    arn = f"arn:aws:ecr:us-east-1:{scene.account}:repository/{repository}"
    group = container.log_options["awslogs-group"]
    stream = f"arn:aws:logs:us-east-1:{scene.account}:log-group:{group}:log-stream:a"
    for service, action, resource in (
        ("ecr.api", "ecr:GetAuthorizationToken", "*"),
        ("ecr.dkr", PULL, arn),
        ("ecr.dkr", "ecr:GetDownloadUrlForLayer", arn),
        ("logs", "logs:CreateLogStream", stream),
        ("logs", "logs:PutLogEvents", stream),
    ):
        assert scene.through(service, caller, action, resource).is_allowed, action
    verdict = scene.through("ecr.dkr", caller, PULL, f"{arn}-two")
    assert verdict.why == f"because no identity-based policy allows the {PULL} action"
    assert not scene.through("ecr.api", caller, "ecr:PutImage", arn).is_allowed


def test_the_application_may_not_pull_images(scene: Scene) -> None:
    caller = scene.caller(scene.task.task_role_arn)
    assert not scene.through("ecr.api", caller, "ecr:GetAuthorizationToken", "*").is_allowed


def test_the_gateway_lets_the_layers_through_and_no_other_bucket(scene: Scene) -> None:
    assert scene.through("s3", None, "s3:GetObject", f"{LAYERS}a").is_allowed
    verdict = scene.through("s3", None, "s3:GetObject", "arn:aws:s3:::somebody-else/a")
    assert verdict.why == "because no VPC endpoint policy allows the s3:GetObject action"
