"""The authority over an account: it gives keys to roles, knows whose a key is, and judges calls."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.session import DeployError
from private_fargate.fabric.authority import resources, roles, surroundings
from private_fargate.fabric.authority.evaluation import Policies, Request, opinion, refusal
from private_fargate.fabric.authority.people import (
    INSTANCES,
    Caller,
    RoleRefusedError,
    new_credentials,
    session_name,
)
from private_fargate.fabric.authority.principals import ANONYMOUS, Who
from private_fargate.fabric.authority.statements import MalformedPolicyError, Policy, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.authority.evaluation import Consent
    from private_fargate.fabric.authority.patterns import Values
    from private_fargate.fabric.authority.people import Credentials
    from private_fargate.fabric.authority.roles import Role
    from private_fargate.fabric.model import Network

_ASSUME: Final = "sts:AssumeRole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Something that somebody wants to do.

    Attributes:
        action: `ecr:BatchGetImage`.
        resource: an ARN, or `*` for an action that is about none.
        context: what the door knows for conditions, by their keys; it goes before what the judge adds.
    """

    action: str
    resource: str
    context: Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a call is allowed.

    Attributes:
        why: it is not, in the words with which AWS ends its refusal; an empty text if it is.
    """

    is_allowed: bool
    why: str


class Authority:
    """Keys and judgements in the account of one AWS.

    What it has read of a role or a resource it does not read again.  It may be asked by several threads.
    """

    def __init__(
        self, session: Session, network: Network, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        """Know an account; nothing is read yet.

        Args:
            session: with the AWS where roles and policies are.
            network: whose endpoints the calls come by.
            clock: a moment with its time zone.
        """
        self._session, self._network = session, network
        self._clock = clock or (lambda: datetime.now(UTC))
        self._roles: dict[str, Role] = {}
        self._documents: dict[str, object] = {}
        self._callers: dict[str, Caller] = {}
        self._lock = threading.RLock()

    def credentials(self, role_arn: str, *, service: str, source_arn: str | None = None) -> Credentials:
        """Return new keys of a role for a service that acts for something.

        Args:
            role_arn: of the role.
            service: that takes it: `ecs-tasks.amazonaws.com`.
            source_arn: of the task or instance.

        Raises:
            RoleRefusedError: there is no such role, or it does not trust the service.
            DeployError: IAM does not answer as it should.
        """
        role = self._role(role_arn)
        if role is None:
            raise RoleRefusedError(role_arn, service, "there is no such role")
        if role.trust is None:
            raise RoleRefusedError(role_arn, service, "its trust policy is one that AWS would refuse")
        name = session_name(source_arn)
        said = opinion([role.trust], self._assumption(role, service, source_arn, name))
        if said.is_denied or not said.allows:
            raise RoleRefusedError(role_arn, service, f"its trust policy does not let {service} assume it")
        given = new_credentials(role_arn)
        with self._lock:
            self._callers[given.access_key] = self._session_of(role, service, source_arn, name)
        return given

    def caller(self, access_key: str) -> Caller | None:
        """Return whose key this is; None if nobody was given it here."""
        with self._lock:
            return self._callers.get(access_key)

    def judge(
        self,
        caller: Caller | None,
        call: Call,
        policy: Mapping[str, Any] | None,
        *,
        resource_policy: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Say whether a call is allowed by everything that has a say in it.

        Args:
            caller: None for somebody who did not sign, or whom another account vouches for.
            call: to judge.
            policy: of the endpoint by which it comes; None if by none, or by one without a policy.
            resource_policy: of what is called; None for the one that is attached to it, if one is.
        """
        try:
            role = self._role(caller.role_arn) if caller else None
            attached = self._attached(call.resource) if resource_policy is None else resource_policy
        except DeployError as error:
            return _refused(f"because the policies cannot be read: {error}")
        if caller and role is None:
            return _refused(f"because no role {caller.role_arn} exists")
        if role and role.problem:
            return _refused(f"because {role.problem}")
        request = self._request(caller, role, call)
        try:
            policies = Policies(
                identity=role.identity if role else (),
                boundary=role.boundary if role else None,
                endpoint=parse(policy, "the endpoint's policy", "endpoint") if policy is not None else None,
                is_gateway=self._is_gateway(request.context),
                resource=_resource_policy(attached),
                consent=_consent(caller, call, request.context, has_policy=attached is not None),
            )
        except MalformedPolicyError as error:
            return _refused(f"because a policy on the way is one that AWS would refuse ({error})")
        why = refusal(policies, request)
        return Verdict(is_allowed=not why, why=why)

    def judge_key(self, caller: Caller, call: Call, key_policy: Mapping[str, Any]) -> Verdict:
        """Say whether the use of a key is allowed by a policy of it and the policies of the caller.

        The policy of the key has to allow it, or to leave it to the account.
        Source: kms/latest/developerguide/key-policies.html.
        """
        return self.judge(caller, call, None, resource_policy=key_policy)

    def _role(self, arn: str) -> Role | None:
        with self._lock:
            if arn not in self._roles:
                found = roles.read(self._session, arn)
                if found is None:
                    return None
                self._roles[arn] = found
            return self._roles[arn]

    def _attached(self, arn: str) -> object:
        about = arn.partition("/")[0] if resources.service_of(arn) == "s3" else arn
        with self._lock:
            if about not in self._documents:
                self._documents[about] = resources.policy_of(self._session, about)
            return self._documents[about]

    def _is_gateway(self, context: Values) -> bool:
        endpoint = self._network.endpoints.get("".join(context.get("aws:sourcevpce", ())))
        return endpoint is not None and endpoint.kind == "Gateway"

    def _assumption(self, role: Role, service: str, source_arn: str | None, session: str) -> Request:
        """Return the call by which a service takes a role."""
        region = self._network.region
        known = surroundings.of_service(role, service, region, source_arn, session)
        return Request(
            who=Who(service=service),
            action=_ASSUME,
            resource=role.arn,
            context=surroundings.normal({**surroundings.of_call(self._clock(), region), **known}),
        )

    def _session_of(self, role: Role, service: str, source_arn: str | None, session: str) -> Caller:
        partition = role.arn.split(":")[1]
        instance = {"ec2:sourceinstancearn": source_arn} if service == INSTANCES and source_arn else {}
        return Caller(
            role_arn=role.arn,
            session_arn=f"arn:{partition}:sts::{role.account}:assumed-role/{role.name}/{session}",
            account=role.account,
            known={"aws:tokenissuetime": surroundings.written(self._clock()), **instance},
        )

    def _request(self, caller: Caller | None, role: Role | None, call: Call) -> Request:
        who = ANONYMOUS
        if caller and role:
            who = Who(
                session_arn=caller.session_arn, role_arn=role.arn, role_id=role.id, account=role.account
            )
        context = surroundings.normal(
            {
                **surroundings.of_call(self._clock(), self._network.region),
                **surroundings.of_resource(call.resource, caller),
                **surroundings.of_caller(caller, role),
            }
        )
        return Request(
            who=who,
            action=call.action,
            resource=call.resource,
            context={**context, **surroundings.normal(call.context)},
        )


def _refused(why: str) -> Verdict:
    return Verdict(is_allowed=False, why=why)


def _resource_policy(document: object) -> Policy | None:
    return None if document is None else parse(document, "the resource's policy", "resource")


def _consent(caller: Caller | None, call: Call, context: Values, *, has_policy: bool) -> Consent:
    """Return what the resource has to say to a call.

    Who reads an object of a bucket that is not in this account needs the consent of its owner, of whom
    nothing is known here; the door has to know.
    """
    if caller is None:
        is_of_another = resources.service_of(call.resource) == "s3" and not has_policy
        return "none" if is_of_another else "either"
    if resources.service_of(call.resource) == "kms" and ":key/" in call.resource:
        return "key"
    owner = resources.account_of(call.resource) or "".join(context.get("aws:resourceaccount", ()))
    return "either" if owner in {"", caller.account} else "both"
