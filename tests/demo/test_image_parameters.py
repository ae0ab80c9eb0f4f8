from __future__ import annotations

import json

import pytest

from private_fargate.config.models import Environment, RepositoryImage, Service
from private_fargate.mirroring import digest_parameters
from stacks import parent

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize("services", [1, 90, 330])
def test_every_service_of_ours_is_told_its_image_by_a_parameter_that_there_is(services: int) -> None:
    image = RepositoryImage(repository="app")
    wanted = {f"s{number}": Service(image=image, port=80) for number in range(services)}
    foreign = {"foreign": Service(image="public.ecr.aws/nginx/nginx:1.29", port=80)}
    environment = Environment(name="web", services=wanted | foreign)
    declared = json.loads(parent.render(environment)["parent.json"])["Parameters"]
    parameters = digest_parameters(environment, dict.fromkeys(wanted, DIGEST), declared)
    assert parameters.keys() <= declared.keys()
    told = [entry for value in parameters.values() for entry in value.split(",")]
    assert len(told) == services
    assert all(len(value) <= 4096 for value in parameters.values())
