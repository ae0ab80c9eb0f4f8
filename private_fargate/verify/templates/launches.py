"""What whoever launches a root can choose: its form, and which resources take a value straight from it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from private_fargate.verify.templates.questions import questions
from private_fargate.verify.templates.symbols import is_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from private_fargate.verify.templates.forms import Form
    from private_fargate.verify.templates.questions import Choice
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Address
    from private_fargate.verify.templates.world import World


Found = TypeVar("Found")


class Launch:
    """A root's form, and where its values arrive.

    Attributes:
        form: The root's parameters.
    """

    def __init__(self, form: Form, opened: Callable[[Mapping[str, Choice]], Stack]) -> None:
        """Take a form.

        Args:
            form: The root's parameters.
            opened: Makes the root's stack with no parameter known, under given choices.
        """
        self.form = form
        self._opened = opened
        self._found: dict[Hashable, Any] = {}

    def once(self, about: Hashable, find: Callable[[], Found]) -> Found:
        """Give what is found about something that is the same in all worlds; it is looked for once."""
        if about not in self._found:
            self._found[about] = find()
        return self._found[about]

    def undecided(self, world: World) -> tuple[str, ...]:
        """Give what conditions still ask for under a world's choices, if no default decides it."""
        if not self.form.explores:
            return ()
        return tuple(map(world.symbols.show, questions([self._opened(world.choices)], world.symbols)))

    @cached_property
    def _resources(self) -> dict[Address, Resource]:
        if not self.form.asked:
            return {}
        stacks = self._opened({}).all()
        return {resource.address: resource for stack in stacks for resource in stack.resources.values()}

    def parameter_of(self, resource: Resource, name: str, *path: str) -> str | None:
        """Give the name of the root's parameter that a property is, and nothing else; None if it is none."""
        twin = self._resources.get(resource.address)
        value = None if twin is None else twin.get(name, *path)
        if twin is None or not isinstance(value, str) or not is_unknown(value):
            return None
        found = str(twin.stack.world.symbols.meaning(value))
        return found if found in self.form.asked else None
