"""What we generate has no finding and nothing unproven; and what somebody breaks in it is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from systems import environment, service

from private_fargate import config, verifying
from private_fargate.config.models import Environment, Network, RepositoryImage, SecretsManagerSecret
from private_fargate.verify.checking import verify
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader
from stacks import launch_role, launchable, parent

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.verify.findings import Report

    Break = Callable[[dict[str, Any]], None]

ENVIRONMENTS = sorted((Path(__file__).parents[2] / "environments").glob("*.yaml"))
BUILT = [path for path in ENVIRONMENTS if path.stem != "base"]
MODES = ("nat-per-zone", "nat-single", "nat-regional", "none")


def verified(settings: Environment, broken: dict[str, Break] | None = None) -> Report:
    """Verify what is rendered, with some templates broken."""
    files = parent.render(settings)
    bodies = {name: json.loads(body) for name, body in files.items()}
    for name, change in (broken or {}).items():
        change(bodies[name])
    loader = Loader(Template(Path(name), json.dumps(body)) for name, body in bodies.items())
    region = settings.regions[0] if settings.regions else None
    return verify(Path("parent.json"), place=Place(region), loader=loader)


def seen(report: Report) -> list[str]:
    return [f"{finding.rule} {finding.resource}: {finding.message}" for finding in report.findings]


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_our_environments_have_no_finding_and_nothing_unproven(path: Path) -> None:
    report = verified(config.load(path))
    assert seen(report) == []
    assert report.unproven == ()
    assert len(report.proofs) > 10
    assert {proof.holds for proof in report.proofs} == {True}


@pytest.mark.parametrize("mode", MODES)
def test_every_egress_mode_has_no_finding(mode: Any) -> None:
    secrets = {"KEY": SecretsManagerSecret(secretsmanager="demo/key:token::"), "LEVEL": "/demo/level"}
    web = service(exec=True, secrets=secrets)
    locked = service(read_only=True, platform="linux/arm64", count=3)
    report = verified(environment({"web": web, "locked": locked}, network=Network(egress=mode)))
    assert [line for line in seen(report) if not line.startswith(tuple(EXPECTED[mode]))] == []
    assert report.unproven == ()


EXPECTED = {
    "nat-per-zone": [],
    "nat-single": ["NET-030"],  # all zones hang on one: that is what was chosen
    "nat-regional": [],
    "none": [],
}


def without(logical_id: str) -> Break:
    def change(body: dict[str, Any]) -> None:
        del body["Resources"][logical_id]

    return change


def with_property(logical_id: str, name: str, value: Any) -> Break:
    def change(body: dict[str, Any]) -> None:
        body["Resources"][logical_id]["Properties"][name] = value

    return change


def service_file() -> str:
    return next(name for name in parent.render(isolated()) if name.startswith("service"))


def isolated() -> Environment:
    return environment(
        {"web": service(image=RepositoryImage(repository="web"))}, network=Network(egress="none")
    )


def without_egress(body: dict[str, Any]) -> None:
    del body["Resources"]["EndpointClientEgress"]


def without_pull(body: dict[str, Any]) -> None:
    statements = body["Resources"]["ExecutionPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[:] = [s for s in statements if "ecr:BatchGetImage" not in s["Action"]]


BREAKS: dict[str, tuple[str, str, Break]] = {
    "no registry": ("NET-003", "endpoints.json", without("EcrDkrEndpoint")),
    "no login": ("NET-002", "endpoints.json", without("EcrApiEndpoint")),
    "no layers": ("NET-004", "endpoints.json", without("S3Endpoint")),
    "no log": ("NET-008", "endpoints.json", without("LogsEndpoint")),
    "no private names": (
        "NET-012",
        "endpoints.json",
        with_property("EcrDkrEndpoint", "PrivateDnsEnabled", value=False),
    ),
    "no names": ("NET-014", "network.json", with_property("Vpc", "EnableDnsSupport", value=False)),
    "no calls": ("SG-005", "endpoints.json", without_egress),
    "nobody let in": (
        "SG-001",
        "endpoints.json",
        with_property("EndpointSecurityGroup", "SecurityGroupIngress", []),
    ),
    "no pull": ("IAM-007", "service", without_pull),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_what_somebody_breaks_is_found(fault: str) -> None:
    rule, file, change = BREAKS[fault]
    report = verified(isolated(), {service_file() if file == "service" else file: change})
    assert rule in {finding.rule for finding in report.findings}, seen(report)
    assert False in {proof.holds for proof in report.proofs}


DEMO = config.load(ENVIRONMENTS[0].parent / "demo.yaml")


def offered(settings: Environment, change: Break | None = None) -> verifying.Verdict:
    """Verify a product for all that can be chosen, with the launch role that is there before it."""
    files = launchable.render(settings)
    role = launch_role.render(settings, files)[launch_role.ROOT]
    parent_ = json.loads(files["parent.json"])
    if change is not None:
        change(parent_)
    changed = {**files, "parent.json": json.dumps(parent_).encode()}
    return verifying.check(changed, (), most_worlds=64, beside={"launch-role.json": role})


def test_our_product_is_proven_for_every_combination() -> None:
    found = offered(DEMO)
    assert [str(finding) for finding in found.findings] == []
    assert found.summary == "2 tasks, 10 needs: 10 proven, 0 fail, 0 unproven, in all 16 combinations"


def without_rules(body: dict[str, Any]) -> None:
    del body["Rules"]


def without_a_size(body: dict[str, Any]) -> None:
    del body["Parameters"]["NginxMemory"]["AllowedValues"]


OFFERS: dict[str, tuple[str, Break]] = {
    "pairs that nobody sells": ("TASK-039", without_rules),
    "any amount of memory": ("TASK-039", without_a_size),
}


@pytest.mark.parametrize("fault", OFFERS)
def test_what_somebody_breaks_in_the_form_is_found(fault: str) -> None:
    rule, change = OFFERS[fault]
    assert rule in {finding.rule for finding in offered(DEMO, change).findings}
