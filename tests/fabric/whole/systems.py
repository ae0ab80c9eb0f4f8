"""Variants of the demo, deployed to the embedded AWS, and their networks on this machine.

A network is found by its name on the whole machine, so each process that runs tests has names of its own.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from private_fargate import building, networking
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.fabric import privileges, tools
from private_fargate.local.images import push_images
from private_fargate.mirroring import digest_parameters
from private_fargate.plan.trees import PARENT
from stacks import parent
from tests.support import deployments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.fabric.client import Keeper
    from private_fargate.local.embedded import EmbeddedAws

PATIENCE: Final = 2.0
"""Seconds for a connection: an answer takes less than a hundredth, if nothing else keeps the machine busy."""

_BUCKET: Final = "whole-tests"
_PAUSE: Final = 0.1  # seconds between two looks at a deployment, which is over sooner here than on AWS
_NEEDED: Final = (*tools.NEEDED, "nginx")


@dataclass(frozen=True, kw_only=True)
class System:
    """A deployed environment.

    Attributes:
        path: the file of its settings, as the command line takes it.
        variables: with which a program talks to the AWS where it is.
        parameters: with which it was deployed.
        outputs: of its stack.
    """

    path: Path
    settings: Environment
    session: Session
    variables: Mapping[str, str]
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def vpc_id(self) -> str:
        return self.outputs["VpcId"]

    @property
    def host(self) -> str:
        return f"nginx.{self.name}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @contextmanager
    def network(self, **changes: Any) -> Iterator[Keeper]:
        """Build the network for the block, with what else the order shall say."""
        order = replace(networking.order_for(self.session, self.name), patience=PATIENCE, **changes)
        with networking.kept(order, lambda _: None) as keeper:
            yield keeper

    def templates(self) -> dict[str, bytes]:
        return dict(parent.render(self.settings))

    def deploy(self, templates: Mapping[str, bytes]) -> None:
        """Deploy it once more."""
        deployments.deployed(
            self.session, self.settings, self.parameters, bucket=_BUCKET, templates=templates
        )


def need_a_network() -> None:
    """Skip a test where no network can be built; a program that is only not installed is no excuse."""
    if sys.platform == "linux" and (absent := tools.missing(_NEEDED)):
        pytest.fail(tools.explain(absent))
    if reason := privileges.why_not():
        pytest.skip(reason)


def variant(folder: Path, name: str, egress: str, *, zones: int = 3, **services: Mapping[str, Any]) -> Path:
    """Write the settings of the demo with another way out, and with other services beside or over its own."""
    demo = yaml.safe_load(building.find("demo").read_text(encoding="utf-8"))
    nginx = demo["services"]["nginx"]
    settings = demo | {
        "name": f"{name}-{os.getpid()}",
        "network": demo["network"] | {"egress": egress, "zones": zones},
        "services": {key: nginx | changes for key, changes in ({"nginx": {}} | services).items()},
    }
    path = folder / f"{settings['name']}.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def deployed(aws: EmbeddedAws, path: Path) -> System:
    """Deploy an environment as the demonstration does: its images first, and then what runs them."""
    settings = building.load(path)
    session = connect_to(aws.environment())
    ensure_bucket(session, _BUCKET)
    templates = parent.render(settings)
    deployments.deployed(session, settings, {}, bucket=_BUCKET, templates=templates)
    digests = {name: image.digest for name, image in push_images(session, settings).items()}
    declared = json.loads(templates[PARENT])["Parameters"]
    parameters = digest_parameters(settings, digests, declared)
    return System(
        path=path,
        settings=settings,
        session=session,
        variables=aws.environment(),
        parameters=parameters,
        outputs=deployments.deployed(session, settings, parameters, bucket=_BUCKET, templates=templates),
    )
