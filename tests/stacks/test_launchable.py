"""What a team launches is the system of the settings, with what the team has chosen and nothing else."""

from __future__ import annotations

import ipaddress
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from launched import Launched
from pydantic_core import PydanticCustomError
from systems import Rendered, environment, service

from private_fargate import verifying
from private_fargate.aws.fargate import FARGATE_SIZES
from private_fargate.config import checks, load
from private_fargate.config.catalog import Catalog
from private_fargate.config.models import Environment, JumpHost, Network
from private_fargate.config.rules import MAX_LAUNCHABLE
from private_fargate.kit.addresses import MASKS, zone_blocks
from private_fargate.lint import lint
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, System, systems
from stacks import launchable, parent

ENVIRONMENTS = Path(__file__).parent.parent.parent / "environments"
MODES = ("nat-per-zone", "nat-single", "nat-regional", "none")
CATALOG = Catalog(portfolio="Fargate", provider="Platform")
STACK = "AWS::CloudFormation::Stack"


def with_network(**settings: Any) -> Environment:
    return environment(network=Network(**settings))


def in_world(files: dict[str, bytes]) -> System:
    (system,) = systems(Path("parent.json"), {}, Place("us-east-1"), loader_of(files))
    return system


def loader_of(files: dict[str, bytes]) -> Loader:
    return Loader(Template(Path(name), body.decode()) for name, body in files.items())


def made(system: System) -> dict[str, Any]:
    """Return the resolved properties of everything that is made; how stacks hand it on is not of interest."""
    return {
        str(resource.address): {
            name: system.show(resource.get(name))
            for name in resource.raw
            if (resource.type, name) != (STACK, "Parameters")
        }
        for resource in system.resources
    }


# Nothing else changed


@pytest.mark.parametrize("mode", MODES)
def test_a_form_that_is_left_as_it_is_makes_the_system_of_the_settings(mode: str) -> None:
    settings = environment({"web": service(allow_to=("api",)), "api": service(port=9000)})
    settings = settings.model_copy(update={"network": Network(egress=mode, zones=4)})
    assert made(in_world(launchable.render(settings))) == made(in_world(parent.render(settings)))


def test_an_environment_that_is_not_launched_has_no_form_for_a_team() -> None:
    system = Rendered(environment())
    assert set(system.parent["Parameters"]) == {
        "JumpHostImageId",
        "NginxCount",
        "NginxImageDigest",
        "S3PrefixListId",
    }
    assert "Rules" not in system.parent


# The name


def test_the_name_that_a_team_chooses_is_everywhere_and_that_of_the_settings_nowhere() -> None:
    settings = environment().model_copy(update={"name": "of-the-settings"})
    launched = Launched(settings, Name="orders")
    names = [
        tag["Value"]
        for tags in launched.values("AWS::EC2::Subnet", "Tags").values()
        for tag in tags
        if tag["Key"] == "Name"
    ]
    assert min(names) == "orders private 1"
    assert set(launched.values("AWS::ServiceDiscovery::PrivateDnsNamespace", "Name").values()) == {"orders"}
    assert set(launched.values("AWS::ECR::Repository", "RepositoryName").values()) == {"orders/nginx"}
    tags = launched.values(STACK, "Tags").values()
    assert [tag for stack in tags for tag in stack if tag["Key"] == "Environment"] == (
        [{"Key": "Environment", "Value": "orders"}] * len(tags)
    )
    assert launched.system.root.output("NginxTestUrl") == "curl http://nginx.orders"
    assert "of-the-settings" not in json.dumps(made(launched.system))


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("ab", True),
        ("team-1-orders", True),
        ("a" * 32, True),
        ("a", False),
        ("a" * 33, False),
        ("1team", False),
        ("Team", False),
        ("team--orders", False),
        ("team-", False),
        ("team_orders", False),
    ],
)
def test_a_name_is_taken_by_the_form_if_the_settings_would_take_it(name: str, is_taken: bool) -> None:  # noqa: FBT001
    field = Launched(environment()).root["Parameters"]["Name"]
    fits = bool(re.search(field["AllowedPattern"], name))
    assert (fits and field["MinLength"] <= len(name) <= field["MaxLength"]) is is_taken
    assert accepted(checks.environment_name, name) is is_taken


def accepted(check: Any, text: str) -> bool:
    try:
        check(text)
    except PydanticCustomError:
        return False
    return True


# Addresses


@pytest.mark.parametrize("mask", MASKS)
def test_subnets_of_a_chosen_range_are_where_those_of_the_settings_would_be(mask: int) -> None:
    """CloudFormation cuts the range with Fn::Cidr, and the settings with Python."""
    chosen = str(next(ipaddress.IPv4Network("172.16.0.0/12").subnets(new_prefix=mask)))
    blocks = Launched(with_network(zones=6), VpcCidr=chosen).values("AWS::EC2::Subnet", "CidrBlock")
    assert len(blocks) == 12
    for zone in range(1, 7):
        expected = zone_blocks(chosen, zone)
        assert blocks[f"Network/PrivateSubnet{zone}"] == expected.private
        assert blocks[f"Network/PublicSubnet{zone}"] == expected.public


def test_everything_that_speaks_of_the_vpc_means_the_chosen_range() -> None:
    settings = environment({"web": service(allow_to=("api",)), "api": service(port=9000)})
    launched = Launched(settings, VpcCidr="192.168.64.0/18")
    assert "192.168.64.0/18" in json.dumps(made(launched.system))
    assert "10.0.0.0/16" not in json.dumps(made(launched.system))
    assert launched.values(STACK, "Parameters")["Web"]["PeerCidr1"] == "192.168.64.0/18"


def test_the_form_takes_the_ranges_that_the_settings_take() -> None:
    pattern = re.compile(Launched(environment()).root["Parameters"]["VpcCidr"]["AllowedPattern"])
    chance = random.Random(6)  # noqa: S311 -- it chooses examples
    edges = ["10.0.0.0", "172.15.0.0", "172.16.0.0", "172.31.0.0", "172.32.0.0", "192.168.0.0", "192.169.0.0"]
    edges += ["100.63.0.0", "100.64.0.0", "100.127.0.0", "100.128.0.0", "8.8.0.0", "010.0.0.0", "10.256.0.0"]
    edges += [f"10.{chance.randrange(256)}.{chance.randrange(256)}.0" for _ in range(200)]
    edges += [f"192.168.{third}.{chance.choice((0, 128))}" for third in range(256)]
    found = [f"{address}/{mask}" for address in edges for mask in range(14, 26)]
    taken = [text for text in found if accepted(checks.vpc_range, text)]
    assert [text for text in found if pattern.search(text)] == taken
    assert 300 < len(taken) < len(found) / 2


# Zones


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chosen", [2, 3, 4])
def test_fewer_zones_are_the_system_that_has_fewer_zones(mode: str, chosen: int) -> None:
    """Of four zones for which there are resources, those beyond the chosen number leave nothing behind."""
    launched = Launched(with_network(zones=4, egress=mode), ZoneCount=str(chosen))
    assert made(launched.system) == made(in_world(parent.render(with_network(zones=chosen, egress=mode))))


def test_where_there_are_two_zones_there_is_nothing_to_choose() -> None:
    assert "ZoneCount" not in Launched(with_network(zones=2)).root["Parameters"]


def test_a_team_chooses_among_the_zones_that_there_are_resources_for() -> None:
    field = Launched(with_network(zones=4)).root["Parameters"]["ZoneCount"]
    assert (field["AllowedValues"], field["Default"]) == (["2", "3", "4"], "4")


# The jump host


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("secrets", [{}, {"TOKEN": "/demo/token"}])
def test_without_a_jump_host_the_system_is_one_that_has_none(mode: str, secrets: dict[str, str]) -> None:
    """A service with a parameter of Systems Manager needs one of its endpoints by itself."""
    services = {"web": service(secrets=secrets)}
    settings = environment(services, network=Network(egress=mode))
    without = environment(services, network=Network(egress=mode), jump_host="none")
    launched = Launched(settings, WithJumpHost="no")
    assert made(launched.system) == made(in_world(parent.render(without)))
    declared = launched.root["Outputs"]["JumpHostId"]
    assert declared["Condition"] == "HasJumpHost", "an output of nothing fails the stack"


def test_a_public_jump_host_can_be_left_out_too() -> None:
    settings = environment(network=Network(egress="nat-regional"), jump_host=JumpHost(placement="public"))
    assert not any("JumpHost" in address for address in Launched(settings, WithJumpHost="no").addresses)


def test_nobody_is_asked_for_a_jump_host_that_there_is_none_of() -> None:
    fields = set(Launched(environment(jump_host="none")).root["Parameters"])
    assert not {"WithJumpHost", "JumpHostImageId"} & fields


# Sizes


def holds(assertion: Any, values: dict[str, str]) -> Any:
    """Work out an assertion of a rule as CloudFormation does: everything is text."""
    match assertion:
        case {"Fn::Or": parts}:
            return any(holds(part, values) for part in parts)
        case {"Fn::Not": [part]}:
            return not holds(part, values)
        case {"Fn::Equals": [one, other]}:
            return holds(one, values) == holds(other, values)
        case {"Fn::Contains": [listed, one]}:
            return holds(one, values) in listed
        case {"Ref": name}:
            return values[name]
        case str():
            return assertion
        case _:
            raise AssertionError(assertion)


def test_a_size_that_fargate_does_not_sell_is_refused_and_what_it_sells_is_not() -> None:
    root = Launched(environment()).root
    (rule,) = root["Rules"].values()
    cpus, memories = (root["Parameters"][f"Nginx{what}"]["AllowedValues"] for what in ("Cpu", "Memory"))
    pairs = list(itertools.product(cpus, memories))
    assert len(pairs) > 300
    for cpu, memory in pairs:
        values = {"NginxCpu": str(cpu), "NginxMemory": str(memory)}
        broken = [each for each in rule["Assertions"] if not holds(each["Assert"], values)]
        assert (not broken) is (memory in FARGATE_SIZES[cpu]), values
        for each in broken:
            assert (
                f"With NginxCpu {cpu}, NginxMemory must be {FARGATE_SIZES[cpu][0]}"
                in each["AssertDescription"]
            )


def test_the_sizes_that_a_team_chooses_are_those_of_the_service() -> None:
    two = environment({"web": service(), "api": service(port=9000)})
    launched = Launched(two, ApiCpu="1024", ApiMemory="4096", ApiLogRetention="30", ApiCount="3")
    given = launched.values(STACK, "Parameters")
    fields = ("TaskCpu", "TaskMemory", "LogRetention", "TaskCount")
    assert [given["Api"][field] for field in fields] == ["1024", "4096", "30", "3"]
    assert [given["Web"][field] for field in fields] == [512, 1024, 365, 1]


# What a team reads


def test_each_field_says_by_itself_what_it_is_for_and_what_it_takes() -> None:
    """Service Catalog shows names and descriptions, and no labels."""
    root = Launched(environment()).root
    free = {"JumpHostImageId", "NginxCount"}  # the name of any parameter; any number between two
    for title, field in root["Parameters"].items():
        assert len(field["Description"].split()) >= 6, title
        assert "Default" in field, title
        assert ("ConstraintDescription" in field) is (title not in free), title
    whose = [field["Description"] for title, field in root["Parameters"].items() if title.startswith("Nginx")]
    assert len(whose) == 5
    assert all("nginx" in text for text in whose)


def test_every_field_is_in_one_group_and_has_a_label() -> None:
    root = Launched(environment({"web": service(), "api": service(port=9000)})).root
    form = root["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [title for group in form["ParameterGroups"] for title in group["Parameters"]]
    assert sorted(grouped) == sorted(root["Parameters"]) == sorted(form["ParameterLabels"])
    labels = [group["Label"]["default"] for group in form["ParameterGroups"]]
    assert labels == ["System", "Network", "Jump host", "Service web", "Service api"]


def test_every_default_is_a_value_that_the_form_takes() -> None:
    for path in ENVIRONMENTS.glob("*.yaml"):
        root = json.loads(launchable.render(load(path))["parent.json"])
        for title, field in root["Parameters"].items():
            if "AllowedValues" in field:
                assert field["Default"] in field["AllowedValues"], (path.stem, title)
            if "AllowedPattern" in field:
                assert re.search(field["AllowedPattern"], field["Default"]), (path.stem, title)


# Rights and limits


def test_each_role_of_a_product_is_bounded_and_none_of_another_system() -> None:
    offered = environment(catalog=CATALOG)
    bounds = Launched(offered).values("AWS::IAM::Role", "PermissionsBoundary")
    assert len(bounds) == 4
    assert all(re.fullmatch(r"arn:aws:iam::.:policy/demo-boundary-.+", bound) for bound in bounds.values())
    assert not any(
        "PermissionsBoundary" in role for role in Rendered(offered).of_type("AWS::IAM::Role").values()
    )


def many(number: int) -> dict[str, Any]:
    return {f"service-{index}": service(port=8000 + index) for index in range(number)}


def test_a_form_holds_as_many_services_as_the_settings_allow() -> None:
    root = Launched(environment(many(MAX_LAUNCHABLE))).root
    assert 195 < len(root["Parameters"]) <= 200
    assert len(root["Outputs"]) <= 200
    assert len(launchable.render(environment(many(MAX_LAUNCHABLE)))["parent.json"]) < 1_000_000
    with pytest.raises(ValueError, match=f"39 services are too many .* up to {MAX_LAUNCHABLE}"):
        launchable.render(environment(many(MAX_LAUNCHABLE + 1)))


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_linters_find_nothing_whatever_the_way_out(mode: str) -> None:
    files = launchable.render(environment(network=Network(egress=mode, zones=4), catalog=CATALOG))
    assert lint(files, ["us-east-1"]) == ()


@pytest.mark.parametrize("path", sorted(ENVIRONMENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_tasks_of_every_example_start_when_it_is_launched(path: Path) -> None:
    settings = load(path)
    verdict = verifying.check(launchable.render(settings), settings.regions)
    assert [finding for finding in verdict.findings if finding.severity != "informational"] == []
    assert " 0 fail" in verdict.summary
