"""An AWS in which several systems live side by side, and each of them read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pytest

from private_fargate import building
from private_fargate.config.models import JumpHost
from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.fabric.describing import read
from private_fargate.local.images import push_images
from private_fargate.mirroring import digest_parameters
from tests.support.deployments import deployed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.fabric.model import Network
    from private_fargate.local.embedded import EmbeddedAws

BUCKET = "fabric-tests"
PUBLIC_IMAGE = "public.ecr.aws/nginx/nginx:1.29"  # needs no repository, and so no second deployment


class Deployed(NamedTuple):
    """A system, as its stack tells and as it was read."""

    outputs: Mapping[str, str]
    network: Network


@pytest.fixture(scope="session")
def aws(embedded_aws: EmbeddedAws) -> Session:
    session = connect_to(embedded_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture(scope="session")
def demo_settings() -> Environment:
    return building.load(building.find("demo"))


@pytest.fixture(scope="module")
def systems(aws: Session, demo_settings: Environment) -> Iterator[dict[str, Deployed]]:
    """The demo, and the same with each other way out; all are read when all are there.

    They have the same addresses, and the same names but for the namespace: whoever looks beyond the VPC that
    was asked for finds something of another one.
    """
    outputs = {demo_settings.name: deployed(aws, demo_settings, {}, bucket=BUCKET)}
    digests = {name: image.digest for name, image in push_images(aws, demo_settings).items()}
    parameters = digest_parameters(demo_settings, digests, ["NginxImageDigest"])
    outputs[demo_settings.name] = deployed(aws, demo_settings, parameters, bucket=BUCKET)
    for variant in (
        varied(demo_settings, "nat-single", count=3, jump_host=JumpHost(placement="public")),
        varied(demo_settings, "nat-regional"),
        varied(demo_settings, "none"),
    ):
        outputs[variant.name] = deployed(aws, variant, {}, bucket=BUCKET)
    yield {name: Deployed(found, read(aws, found["VpcId"])) for name, found in outputs.items()}
    for name in outputs:
        assert destroy(aws, name, Remover()).succeeded


def varied(
    demo: Environment, egress: str, *, count: int = 1, jump_host: JumpHost | Literal["none"] = "none"
) -> Environment:
    """Return the demo with another way out, by whose name it goes."""
    nginx = demo.services["nginx"].model_copy(update={"image": PUBLIC_IMAGE, "count": count})
    return demo.model_copy(
        update={
            "name": egress,
            "network": demo.network.model_copy(update={"egress": egress}),
            "services": {"nginx": nginx},
            "jump_host": jump_host,
        }
    )


@pytest.fixture(scope="module")
def demo(systems: dict[str, Deployed]) -> Network:
    return systems["private-fargate-demo"].network
