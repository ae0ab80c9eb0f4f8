"""Stacks that were deployed otherwise and become instances of a StackSet; nothing in them changes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.session import DeployError, explained
from private_fargate.errors import UserError
from private_fargate.rollout.jobs import preferences
from private_fargate.rollout.model import Place
from private_fargate.rollout.operations import Follower, begin_when_free, results
from private_fargate.rollout.rolling import join
from private_fargate.rollout.stopping import minded
from private_fargate.rollout.targets import regions_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from private_fargate.rollout.causes import Readers
    from private_fargate.rollout.definition import Definition
    from private_fargate.rollout.operations import Result
    from private_fargate.rollout.rolling import Order
    from private_fargate.rollout.watching import RolloutWatcher

_MOST: Final = 10  # stacks in one operation
_PARTS: Final = 6  # of an ARN


class AdoptionError(UserError):
    """A stack cannot become an instance."""


def place_of(stack: str) -> Place:
    """Return where a stack is, by its ARN.

    Raises:
        AdoptionError: it is no ARN; a name does not say in which account.
    """
    parts = stack.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[2] != "cloudformation" or not parts[5].startswith("stack/"):
        message = (
            f"{stack}: write the stack's ARN, as `aws cloudformation describe-stacks` tells it (StackId)"
        )
        raise AdoptionError(message)
    return Place(parts[4], parts[3])


def check(stacks: Sequence[str], definition: Definition, readers: Readers, taken: Collection[Place]) -> None:
    """Make sure that stacks can become instances, as far as that is known beforehand.

    Args:
        stacks: their ARNs.
        definition: what the StackSet is to be.
        readers: who reads their templates.
        taken: where the StackSet has instances.

    Raises:
        AdoptionError: they are too many, two are in one place, or one has other parameters.
    """
    if len(stacks) > _MOST:
        message = f"{len(stacks)} stacks are too many; StackSets imports {_MOST} at a time, so run it again"
        raise AdoptionError(message)
    seen = set(taken)
    for stack in stacks:
        place = place_of(stack)
        if place in seen:
            message = f"{stack}: the StackSet has an instance in {place}, and can have one only"
            raise AdoptionError(message)
        seen.add(place)
        _check_parameters(stack, place, definition, readers)


def _check_parameters(stack: str, place: Place, definition: Definition, readers: Readers) -> None:
    session = readers.session(place)
    if session is None:
        return  # StackSets compares the templates itself
    with explained():
        told: dict[str, Any] = session.client("cloudformation").get_template_summary(StackName=stack)
    has = {each["ParameterKey"] for each in told.get("Parameters", [])}
    if has != set(definition.parameters):
        other = ", ".join(sorted(has ^ set(definition.parameters)))
        message = (
            f"{stack}: its template is not that of the StackSet, they differ in {other}; deploy those to it "
            "first, unchanged: `build.py rollout --dry-run` writes them into output/ENVIRONMENT-rollout"
        )
        raise AdoptionError(message)


def bring_in(
    order: Order, wanted: Definition, stacks: Sequence[str], watcher: RolloutWatcher
) -> tuple[Result, ...]:
    """Make stacks instances of the StackSet, which is made if it is not there; return what came of each.

    Raises:
        DeployError: the StackSet is there and is of another template, or AWS refuses.
    """
    stack_set, settings = order.stack_set, order.settings
    join(stack_set, watcher)
    with explained():
        described = stack_set.described()
        if described is None:
            stack_set.ask("create_stack_set", **wanted.sent(order.package.url))
        elif differences := wanted.differences(described):
            message = (
                f"{stack_set.name} is not as the settings say ({'; '.join(differences)}); "
                "roll it out first, or go back to the settings that it has"
            )
            raise DeployError(message)
        units = settings.organizational_units
        regions = regions_of(order.environment, settings)
        there = {place_of(stack).region for stack in stacks}
        follower = Follower(stack_set, watcher)
        operation = begin_when_free(
            stack_set,
            watcher,
            "import_stacks_to_stack_set",
            StackIds=list(stacks),
            OperationPreferences=preferences(settings, [each for each in regions if each in there]),
            **({"OrganizationalUnitIds": list(units)} if units else {}),
        )
        with minded(stack_set, watcher):
            follower.follow([operation])
        return results(stack_set, operation)
