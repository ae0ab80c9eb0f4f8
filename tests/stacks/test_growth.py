"""What is added moves nothing of what is there."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from systems import Rendered, environment, service

from private_fargate.config.models import Environment, Network
from stacks import parent


@pytest.mark.parametrize("egress", ["nat-per-zone", "nat-single", "nat-regional", "none"])
@pytest.mark.parametrize(("fewer", "more"), list(pairwise(range(2, 7))))
def test_adding_a_zone_changes_no_resource_of_another(egress: str, fewer: int, more: int) -> None:
    before = Rendered(environment(network=Network(zones=fewer, egress=egress)))  # type: ignore[arg-type]
    after = Rendered(environment(network=Network(zones=more, egress=egress)))  # type: ignore[arg-type]
    for title in ("Network", "Egress"):
        if title not in before.parent["Resources"]:
            continue
        old, new = before.child(title)["Resources"], after.child(title)["Resources"]
        assert {key: new[key] for key in old} == old
        assert len(new) > len(old) or egress == "nat-single"


def test_zones_that_are_named_stay_where_they_are() -> None:
    """The Region's own list of zones grows in the middle when it gets a new one."""
    system = Rendered(environment(network=Network(zones=("us-east-1a", "us-east-1d"))))
    given = system.parent["Resources"]["Network"]["Properties"]["Parameters"]
    assert given == {"Zone1": "us-east-1a", "Zone2": "us-east-1d"}
    zones = [subnet["AvailabilityZone"] for subnet in system.of_type("AWS::EC2::Subnet").values()]
    assert zones == [{"Ref": "Zone1"}, {"Ref": "Zone2"}] * 2


def test_adding_a_service_changes_only_its_own_part() -> None:
    one = Rendered(environment({"api": service()}))
    two = Rendered(environment({"api": service(), "web": service()}))
    assert {title: two.parent["Resources"][title] for title in one.parent["Resources"]} == one.parent[
        "Resources"
    ]
    changed = {name for name in one.files if one.files[name] != two.files[name]}
    assert changed == {"parent.json", "endpoints.json"}, "endpoints.json says who needs each endpoint"
    old, new = one.child("Endpoints")["Resources"], two.child("Endpoints")["Resources"]
    assert {key: value["Properties"] for key, value in old.items()} == {
        key: value["Properties"] for key, value in new.items()
    }


def test_services_of_one_shape_share_a_template() -> None:
    services = {f"api-{number}": service(port=8000 + number, cpu=256, memory=512) for number in range(5)}
    system = Rendered(environment({**services, "web": service(exec=True)}))
    assert len([name for name in system.files if name.startswith("service-")]) == 2


def many(count: int) -> Environment:
    shapes = [
        {},
        {"exec": True},
        {"environment": {"LEVEL": "info"}},
        {"allow_to": ("internet",)},
        {"read_only": True},
    ]
    return environment({f"service-{number:04}": service(**shapes[number % 5]) for number in range(count)})


@pytest.mark.parametrize("count", [80, 81, 200, 320, 321, 1000])
def test_no_template_exceeds_a_limit_of_cloudformation(count: int) -> None:
    files = parent.render(many(count))
    found = set()
    for name, body in files.items():
        template = json.loads(body)
        assert len(body) < 1_000_000, name
        assert len(template["Resources"]) <= 500, name
        assert len(template.get("Parameters", {})) <= 200, name
        assert len(template.get("Outputs", {})) <= 200, name
        found |= {title for title in template["Resources"] if title.startswith("Service0")}
    assert len(found) == count


def test_one_more_of_many_services_moves_none_of_the_others() -> None:
    before, after = parent.render(many(200)), parent.render(many(201))
    changed = [name for name in before if before[name] != after.get(name)]
    assert sorted(changed) == ["endpoints.json", "services-8.json"], "its group, and who needs the endpoints"


def test_each_of_many_services_finds_its_own_digest() -> None:
    """CloudFormation has no lookup by key; this one is made of Split and Select."""
    files = parent.render(many(81))
    groups = [json.loads(body) for name, body in files.items() if name.startswith("services-")]
    assert all("ImageDigests1" in group["Parameters"] for group in groups)
    digest = groups[0]["Resources"]
    title, stack = next(iter(digest.items()))
    name = stack["Properties"]["Parameters"]["ServiceName"]
    entries = f"{name}-x=sha256:11,{name}=sha256:22,x-{name}=sha256:33"
    assert evaluate(stack["Properties"]["Parameters"]["ImageDigest"], entries) == "sha256:22", title
    assert evaluate(stack["Properties"]["Parameters"]["ImageDigest"], "") == ""


def evaluate(value: object, entries: str) -> object:
    match value:
        case {"Ref": "ImageDigests1"}:
            return entries
        case {"Fn::Join": [separator, parts]}:
            return separator.join(evaluate(part, entries) for part in parts)  # type: ignore[misc]
        case {"Fn::Split": [separator, text]}:
            return evaluate(text, entries).split(separator)  # type: ignore[attr-defined]
        case {"Fn::Select": [index, items]}:
            return evaluate(items, entries)[index]  # type: ignore[index]
        case _:
            return value
