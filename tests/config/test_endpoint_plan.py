"""Which endpoints an environment gets, and why."""

from __future__ import annotations

import pytest

from private_fargate.config.endpoints import (
    PlannedEndpoint,
    Reason,
    endpoint_plan,
    missing_endpoints,
    unlisted_endpoints,
)
from private_fargate.config.models import (
    Environment,
    JumpHost,
    Network,
    RepositoryImage,
    SecretsManagerSecret,
    Service,
)

OURS = RepositoryImage(repository="nginx", mirror="public.ecr.aws/nginx/nginx:stable")
THEIRS = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1"
PUBLIC = "public.ecr.aws/nginx/nginx:stable"


def environment(
    *services: Service,
    jump_host: JumpHost | str = "none",
    regions: tuple[str, ...] = ("us-east-1",),
    **network: object,
) -> Environment:
    """Return an environment of services called a, b, c, …"""
    return Environment.model_validate(
        {
            "name": "demo",
            "regions": regions,
            "network": Network.model_validate(network),
            "services": dict(zip("abcdefgh", services, strict=False)),
            "jump_host": jump_host,
        }
    )


def service(image: RepositoryImage | str = OURS, **settings: object) -> Service:
    return Service.model_validate({"image": image, "port": 80} | settings)


def names(plan: tuple[PlannedEndpoint, ...]) -> list[str]:
    return [planned.service.name for planned in plan]


def reasons(found: Environment) -> dict[str, list[str]]:
    return {planned.service.name: list(map(str, planned.needed_by)) for planned in endpoint_plan(found)}


def test_the_reference_system_gets_six_doors_and_the_reason_for_each() -> None:
    reference = environment(service(), jump_host=JumpHost())

    assert reasons(reference) == {
        "s3": ["a pulls its image from ECR", "jump host installs packages of Amazon Linux"],
        "ecr.api": ["a pulls its image from ECR"],
        "ecr.dkr": ["a pulls its image from ECR"],
        "logs": ["a writes its log"],
        "ssm": ["jump host is reached through Session Manager"],
        "ssmmessages": ["jump host is reached through Session Manager"],
    }


@pytest.mark.parametrize(
    ("settings", "door"),
    [
        ({"secrets": {"PASSWORD": SecretsManagerSecret(secretsmanager="db")}}, ["secretsmanager"]),
        ({"secrets": {"PASSWORD": "/demo/password"}}, ["ssm"]),
        ({"exec": True}, ["kms", "ssmmessages"]),
        ({"environment": {"A": "1"}, "count": 3}, []),
    ],
)
def test_a_setting_opens_the_doors_that_it_needs_and_no_others(
    settings: dict[str, object], door: list[str]
) -> None:
    bare = set(names(endpoint_plan(environment(service()))))
    with_setting = names(endpoint_plan(environment(service(OURS, **settings))))

    assert sorted(set(with_setting) - bare) == door


def test_exec_sessions_are_recorded_through_the_door_of_the_log() -> None:
    assert reasons(environment(service(exec=True)))["logs"] == [
        "a writes its log",
        "a records its Exec sessions",
    ]


def test_an_image_in_the_registry_of_another_account_is_pulled_through_the_same_doors() -> None:
    assert names(endpoint_plan(environment(service(THEIRS)))) == ["s3", "ecr.api", "ecr.dkr", "logs"]


def test_an_image_in_a_public_registry_opens_no_door_of_ecr() -> None:
    """public.ecr.aws has no endpoint that serves images; the doors would cost and not help."""
    assert reasons(environment(service(PUBLIC))) == {
        "s3": ["network reaches S3 by a route that costs nothing"],
        "logs": ["a writes its log"],
    }


def test_a_jump_host_in_a_public_subnet_opens_no_door() -> None:
    public = environment(service(), jump_host=JumpHost(placement="public"))

    assert endpoint_plan(public) == endpoint_plan(environment(service()))


@pytest.mark.parametrize("egress", ["nat-per-zone", "nat-single", "nat-regional", "none"])
def test_the_doors_of_a_service_do_not_depend_on_the_way_out(egress: str) -> None:
    assert names(endpoint_plan(environment(service(), egress=egress))) == ["s3", "ecr.api", "ecr.dkr", "logs"]


def test_in_a_region_opened_since_2023_tasks_without_a_way_out_reach_ecs_through_three_doors() -> None:
    ecs = {"ecs", "ecs-agent", "ecs-telemetry"}
    calgary = ("us-east-1", "ca-west-1")

    assert ecs <= set(names(endpoint_plan(environment(service(), regions=calgary, egress="none"))))
    assert not ecs & set(names(endpoint_plan(environment(service(), regions=calgary))))
    assert not ecs & set(names(endpoint_plan(environment(service(), egress="none"))))


def test_the_order_of_services_and_of_the_list_does_not_change_the_order_of_the_plan() -> None:
    one = environment(service(exec=True), service(PUBLIC))
    other = environment(service(PUBLIC), service(exec=True))
    listed = environment(service(), endpoints=("xray", "dynamodb", "logs", "s3"))

    assert names(endpoint_plan(one)) == names(endpoint_plan(other))
    assert names(endpoint_plan(listed)) == ["dynamodb", "s3", "logs", "xray"]


def test_a_list_is_the_plan_and_says_of_an_entry_that_nothing_needs_it() -> None:
    assert reasons(environment(service(), endpoints=("logs", "xray", "logs"))) == {
        "logs": ["a writes its log"],
        "xray": ["environment lists it, but nothing in this file needs it"],
    }


def test_without_a_way_out_a_list_that_forgets_the_image_layers_is_told() -> None:
    """ECR is the trap: login and registry are there, and the pull hangs on the layers, which are in S3."""
    forgetful = environment(service(), egress="none", endpoints=("ecr.api", "ecr.dkr", "logs"))

    (missing,) = missing_endpoints(forgetful)

    assert (missing.service.name, missing.needed_by) == ("s3", (Reason("a", "pulls its image from ECR"),))


def test_with_a_nat_gateway_an_unlisted_endpoint_is_no_mistake_but_is_known() -> None:
    partial = environment(service(), endpoints=("s3",))

    assert missing_endpoints(partial) == ()
    assert names(unlisted_endpoints(partial)) == ["ecr.api", "ecr.dkr", "logs"]


def test_auto_never_misses_an_endpoint() -> None:
    everything = environment(service(exec=True, secrets={"A": "/a"}), jump_host=JumpHost(), egress="none")

    assert missing_endpoints(everything) == unlisted_endpoints(everything) == ()


def test_the_reason_on_an_endpoint_does_not_grow_with_the_number_of_services() -> None:
    many = environment(*(service(PUBLIC) for _ in range(8)))

    (_, logs) = endpoint_plan(many)

    assert logs.because == "a, b, c and 5 more: writes its log"
    assert len(logs.needed_by) == 8
