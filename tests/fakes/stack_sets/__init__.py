"""CloudFormation StackSets, which ministack lacks: a fake of their API, over stacks as real as any here.

Loaded into the embedded AWS by `EmbeddedAws(extensions=("tests.fakes.stack_sets",))`.  An account is whatever
access key of twelve digits asks.  Stacks of instances are made by the embedded AWS's own CloudFormation in
their account and Region; what fails there fails as it would for anybody.  So a target is made to fail by
something real: a role that is missing there, a name that is taken there, a bucket that it may not read.

Refused as AWS documents it: names and operation IDs that exist; a second operation at a time (unless
execution is managed, then it waits if it conflicts); StackSets that are not empty; roles that are missing or
do not trust; an organization that does not trust; units that do not exist; nested stacks and macros with the
default execution role of service-managed permissions; values for parameters that there are not; capabilities.

What it does not know: AccountsUrl and StackIdsUrl; account gates; Regions that an account has not opted into;
deployment by itself when accounts come and go (AutoDeployment is stored); the status of suspended accounts
(they are left out); quotas, but for the number of StackSets, instances, units and imported stacks; the
progress by stages and Regions; throttling, and the time that any of it takes.  The execution role's policies
are asked whether it may create, update or delete the stack and detect its drift, not what it may do with each
resource, and those of a custom execution role are asked nothing.

Guessed, because no source says it: the words of most refusals; that a stack whose creation failed stays,
rolled back, until the next attempt replaces it; that an update has to mention every parameter that is not to
have its default again; that the stack of a custom execution role is in the Region of the StackSet, and stays;
that service-managed StackSets refuse nested stacks when they are made, and not when they are deployed; that
parallel Regions do not end each other; that a stack is imported only if its template is the StackSet's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def extend() -> None:
    """Let CloudFormation answer what is asked of StackSets."""
    # Not before: ministack reads the environment as it is imported, and no other process has it.
    from ministack.services.cloudformation import handlers  # noqa: PLC0415

    from tests.fakes import organizations  # noqa: PLC0415
    from tests.fakes.stack_sets import stacks  # noqa: PLC0415
    from tests.fakes.stack_sets.actions import ACTIONS  # noqa: PLC0415

    organizations.extend()
    stacks.extend()
    for name, action in ACTIONS.items():
        handlers._ACTION_HANDLERS[name] = _answered(name, action)


def _answered(name: str, action: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Any]:
    from tests.fakes.stack_sets import forms, organization  # noqa: PLC0415

    def handle(form: dict[str, Any]) -> tuple[int, Any, bytes]:
        try:
            parameters = forms.read(name, form)
            with organization.acting(parameters):
                return forms.answer(name, action(parameters))
        except forms.RefusalError as refusal:
            return refusal.answer()

    return handle
