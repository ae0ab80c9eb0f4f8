from __future__ import annotations

from pathlib import Path

from private_fargate import config
from private_fargate.plan.comparing import compare
from private_fargate.plan.estimate import estimates
from private_fargate.plan.trees import StackTemplate, template_of
from stacks import parent

ROOT = Path(__file__).parents[2]


def system(name: str, **parameters: str) -> StackTemplate:
    settings = config.load(ROOT / "environments" / f"{name}.yaml")
    return template_of(parent.render(settings), parameters)


def test_a_first_deployment_takes_as_long_as_its_longest_chain_and_not_as_all_of_it() -> None:
    new = system("demo")
    found = estimates(compare(None, new), new)
    assert 150 < found[()] < 400, "seconds"
    assert found["Egress",] > 101, "a NAT gateway takes that long by itself"
    assert sum(found[path] for path in found if len(path) == 1) > 1.5 * found[()]


def test_who_needs_the_endpoints_waits_for_them() -> None:
    new = system("demo")
    found = estimates(compare(None, new), new)
    assert found[()] > found["Network",] + found["Endpoints",]


def test_a_number_of_tasks_is_changed_sooner_than_a_system_is_made() -> None:
    image = f"sha256:{0:064}"
    old = system("demo", NginxImageDigest=image)
    new = system("demo", NginxImageDigest=image, NginxCount="3")
    found = estimates(compare(old, new), new)
    assert set(found) == {(), ("Nginx",)}
    assert 60 < found[()] < 130, "seconds"


def test_nothing_takes_no_time() -> None:
    assert estimates((), system("demo")) == {(): 0}
