from __future__ import annotations

import json
from typing import Any

from private_fargate.plan.problems import new_problems
from private_fargate.plan.trees import StackTemplate, template_of
from tests.plan.houses import house, moved, output, with_images


def changed(name: str, file: str, change: Any) -> StackTemplate:
    """Return an environment's tree after a change of one of its files."""
    templates = output(name)
    body = json.loads(templates[file])
    change(body["Resources"])
    return template_of({**templates, file: json.dumps(body).encode()}, with_images(templates))


def without_the_door_of_images(resources: dict[str, Any]) -> None:
    del resources["EcrDkrEndpoint"]


def test_a_door_that_is_taken_away_is_missed_before_it_is() -> None:
    found = new_problems(house("isolated"), changed("isolated", "endpoints.json", without_the_door_of_images))
    assert "error" in {problem.severity for problem in found}
    assert any("ecr.dkr" in problem.message for problem in found)
    assert all(problem.fix for problem in found)


def test_a_fault_that_is_there_already_is_not_told_again() -> None:
    broken = changed("isolated", "endpoints.json", without_the_door_of_images)
    assert new_problems(broken, broken) == ()


def test_a_first_deployment_answers_for_all_its_faults() -> None:
    broken = changed("isolated", "endpoints.json", without_the_door_of_images)
    assert new_problems(None, broken) != ()
    assert new_problems(None, house("isolated")) == ()


def test_faults_of_the_update_itself_are_told() -> None:
    """Both sides are sound, but not the way from the one to the other: endpoints collide, addresses too."""
    templates = output("demo")
    new = template_of(moved(templates), with_images(templates))
    assert new_problems(None, new) == ()
    assert {problem.rule[:4] for problem in new_problems(house("demo"), new)} & {"CFN-", "NET-", "SVC-"}


def test_what_is_taken_away_has_no_faults() -> None:
    assert new_problems(house("isolated"), None) == ()
