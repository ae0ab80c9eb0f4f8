"""A question to IAM: may this principal do this to that, and under which circumstances?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _nothing() -> Mapping[str, tuple[str, ...]]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of one API, as far as it is known.

    Any text may have symbols in it.  What every call by a role has is added to its context: the role's ARN
    and account, HTTPS, and that no service of AWS is the principal.

    Attributes:
        action: The action, as `ecr:BatchGetImage`.
        resource: The ARN of what it is done to; `*` for actions without a resource.
        principal: The ARN of the role that calls; empty if it is a service of AWS.
        account: The account of the role.
        service_principal: The service of AWS that calls, as `ecs-tasks.amazonaws.com`; empty if a role does.
        context: The values of condition keys.  A key with no value, `()`, is known to be absent.  A key that
            is not mentioned is not known, so that no rule rests on what nobody has thought of.
    """

    action: str
    resource: str = "*"
    principal: str = ""
    account: str = ""
    service_principal: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    lowered_action: str = field(init=False, repr=False)
    _keys: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fold the case of what IAM compares without regard to it, once."""
        keys = _of_role(self.principal, self.account) if self.principal else {}
        keys.update({key.lower(): values for key, values in self.context.items()})
        object.__setattr__(self, "_keys", keys)
        object.__setattr__(self, "lowered_action", self.action.lower())

    def values_of(self, key: str) -> tuple[str, ...] | None:
        """Give the values of a condition key: none if it is absent, None if that is not known."""
        return self._keys.get(key.lower())

    @property
    def who(self) -> str:
        """Whoever calls, for a person."""
        return self.service_principal or self.principal or "whoever calls"


def _of_role(principal: str, account: str) -> dict[str, tuple[str, ...]]:
    """Give the keys that any request of a role carries.

    Source: IAM User Guide, "AWS global condition context keys".
    """
    keys: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (principal,),
        "aws:securetransport": ("true",),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": (),
    }
    if account:
        keys["aws:principalaccount"] = (account,)
    return keys
