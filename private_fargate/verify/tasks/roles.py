"""The roles of a system: who may take them, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from private_fargate.aws.managed_policies import describes, is_misplaced, managed_policy
from private_fargate.verify import iam
from private_fargate.verify.tasks.hosts import profile
from private_fargate.verify.tasks.resource_policies import policies
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import RANK, as_text

if TYPE_CHECKING:
    from private_fargate.verify.iam import Decision, Policy, Request
    from private_fargate.verify.tasks.demand import Call
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

TASKS: Final = "ecs-tasks.amazonaws.com"
HOSTS: Final = "ec2.amazonaws.com"
CHINESE_HOSTS: Final = "ec2.amazonaws.com.cn"

_AWS_MANAGED: Final = ":iam::aws:policy/"


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy of a role.

    Attributes:
        policy: What it says.
        by: The resource that it is written in, or that attaches it.
        arn: Its ARN, if it is one of AWS's.
    """

    policy: Policy
    by: Resource
    arn: str = ""

    def about(self, action: str, something: Policy) -> Policy:
        """Give what it says about an action: `something`, if our table leaves the service out."""
        return something if self.arn and not describes(action) else self.policy


@dataclass(frozen=True, slots=True)
class Role:
    """A role of ours.

    Attributes:
        resource: The role.
        trust: Who may take it.
        attached: Its policies.
        boundary: Its permissions boundary, if it has one.
        something: A policy that may allow anything, and denies nothing: what is known of one of AWS's.
    """

    resource: Resource
    trust: Policy
    attached: tuple[Attached, ...]
    boundary: Policy | None
    something: Policy

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What its policies say, where every service is described."""
        return tuple(attached.policy for attached in self.attached)

    def about(self, action: str) -> tuple[Policy, ...]:
        """Give what its policies say about an action."""
        return tuple(attached.about(action, self.something) for attached in self.attached)


class Roles:
    """The roles of a system, read once each."""

    def __init__(self, system: System) -> None:
        """Look at the roles of a system."""
        self.system = system
        self.role = remembered(self._role)
        self.may = remembered(self._may)
        self.may_assume = remembered(self._may_assume)

    @cached_property
    def account(self) -> str:
        """The account of the deployment."""
        return self.system.world.pseudo("AWS::AccountId")

    @cached_property
    def _added(self) -> dict[Value, list[Resource]]:
        """Policies that resources of their own give to roles, by what refers to the role."""
        found: dict[Value, list[Resource]] = {}
        for policy in self.system.of("IAM::Policy", "IAM::ManagedPolicy"):
            roles = policy.items("Roles")
            for name in (*roles.values, *([] if roles.unknown is None else [roles.unknown])):
                found.setdefault(as_text(name), []).append(policy)
        for policy in self.system.of("IAM::RolePolicy"):
            found.setdefault(as_text(policy.get("RoleName") or ""), []).append(policy)
        return found

    @cached_property
    def _has_strays(self) -> bool:
        """Whether a policy is given to a role that is not known."""
        return any(has_unknown(name) and self.system.find(name, "IAM::Role") is None for name in self._added)

    def _role(self, value: Value) -> Role | None:
        """Give a role by its ARN or its name; None if it is not ours."""
        resource = self.system.find(value, "IAM::Role")
        if resource is None:
            return None
        attached = [*self._inline(resource), *self._managed(resource), *self._separate(resource)]
        limit = resource.get("PermissionsBoundary")
        return Role(
            resource=resource,
            trust=iam.read(resource.get("AssumeRolePolicyDocument"), str(resource.address)),
            attached=tuple(attached),
            boundary=None if limit is None else self._named(limit, resource).policy,
            something=self._something("a policy of AWS"),
        )

    def _inline(self, resource: Resource) -> list[Attached]:
        items = resource.items("Policies")
        documents = [item.get("PolicyDocument") if isinstance(item, dict) else item for item in items.values]
        documents += [] if items.complete else [None]
        name = str(resource.address)
        return [Attached(iam.read(document, name), resource) for document in documents]

    def _managed(self, resource: Resource) -> list[Attached]:
        items = resource.items("ManagedPolicyArns")
        found = [self._named(arn, resource) for arn in items.values]
        return found if items.complete else [*found, Attached(iam.read(None, "managed policies"), resource)]

    def _named(self, arn: Value, by: Resource) -> Attached:
        """Give the policy that an ARN names: ours, one of AWS's, or one of which nothing is known."""
        kind = "IAM::ManagedPolicy"
        own = self.system.find(arn, kind) or self.system.find_beside(arn, kind)
        if own:
            return Attached(iam.read(own.get("PolicyDocument"), str(own.address)), own)
        text = as_text(arn)
        statements = managed_policy(text) if _AWS_MANAGED in text else None
        name = text.rpartition("/")[2]
        if is_misplaced(text):
            return Attached(iam.read({"Statement": []}, f"{text}, which AWS has under another path,"), by)
        if statements is None:
            known = self._something(name) if _AWS_MANAGED in text else iam.read(None, self.system.show(arn))
            return Attached(known, by)
        return Attached(iam.read({"Statement": list(statements)}, name), by, text)

    def _something(self, name: str) -> Policy:
        """Give a policy of AWS of which nothing is known: it may allow anything, but none of them denies."""
        anything = self.system.root.unknown(f"policy {name}", f"what {name} allows is not in our tables")
        return iam.read({"Statement": {"Effect": "Allow", "Action": anything, "Resource": anything}}, name)

    def _separate(self, resource: Resource) -> list[Attached]:
        """Give the policies that name the role, by its name as it is referred to."""
        names = dict.fromkeys([as_text(resource.ref), as_text(resource.get("RoleName") or resource.ref)])
        added = [policy for name in names for policy in self._added.get(name, ())]
        found = [
            Attached(iam.read(policy.get("PolicyDocument"), str(policy.address)), policy) for policy in added
        ]
        if self._has_strays:
            found.append(Attached(iam.read(None, "a policy for roles that are not known"), resource))
        return found

    def _may(self, value: Value, call: Call, context: tuple[tuple[str, tuple[str, ...]], ...]) -> Decision:
        """Decide whether a role may make a call; any spelling of what it is about will do.

        Args:
            value: What refers to the role.
            call: What it does.
            context: Condition keys of the request, with their values.
        """
        role = self.role(value)
        if role is None:
            return iam.Decision(allowed=None, denied=False, why=self.why(value))
        decisions = [
            self._decide(role, self.request(role.resource, call.action, resource, context))
            for resource in call.resources
        ]
        return best(decisions)

    def _decide(self, role: Role, request: Request) -> Decision:
        key = self._key_of(request.resource) if request.action.startswith("kms:") else None
        if key is None:
            return self._with_grants(
                iam.identity(role.about(request.action), role.boundary, request), request
            )
        document = key.get("KeyPolicy")
        policy = iam.read(document, str(key.address)) if document is not None else None
        return iam.key_policy(policy, role.policies, role.boundary, request)

    def _with_grants(self, own: Decision, request: Request) -> Decision:
        """Ask what is called too: it may allow what the role's own policies do not, and deny what they do."""
        if own.denied:
            return own
        asked = policies(self.system, request.action, request.resource)
        found = [(iam.grant(policy, request), is_its) for policy, is_its in asked]
        for grant, is_its in found:
            if grant.denied and is_its:
                return grant
        if own.holds is False:
            return best([own, *(grant for grant, _ in found)])
        doubts = (grant for grant, _ in found if grant.denied is not False)
        doubt = next(doubts, None)
        return replace(own, denied=None, why=doubt.why or own.why) if doubt and own.holds else own

    def _key_of(self, arn: str) -> Resource | None:
        return self.system.find(arn, "KMS::Key")

    def request(
        self, role: Resource, action: str, resource: str, context: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> Request:
        """Put together the request that a role makes."""
        return iam.Request(
            action=action,
            resource=resource,
            principal=as_text(role.attribute("Arn")),
            account=self.account,
            context=dict(context),
        )

    def why(self, value: Value) -> str:
        """Say why a role's policies are not known."""
        return self.system.why_unknown(value) or f"{self.system.show(value)} is not in the templates"

    def _may_assume(self, value: Value, service: str) -> Decision:
        """Decide whether a service may take a role."""
        role = self.role(value)
        if role is None:
            return iam.Decision(allowed=None, denied=False, why=self.why(value))
        pseudo = self.system.world.pseudo
        context: dict[str, tuple[str, ...]] = {"aws:SourceAccount": (), "aws:SourceArn": ()}
        if service == TASKS:
            arn = iam.task_arn(pseudo("AWS::Partition"), pseudo("AWS::Region"), self.account)
            context = {"aws:SourceAccount": (self.account,), "aws:SourceArn": (arn,)}
        return iam.may_assume(role.trust, service, context)

    def of_host(self, instance: Resource) -> Value | None:
        """Give what refers to the role of an instance; None if it has no profile, or that is not ours."""
        found = profile(self.system, instance)
        roles = found.items("Roles").values if found else ()
        return roles[0] if roles else None


def best(decisions: list[Decision]) -> Decision:
    """Give the decision for the spelling of a resource that comes furthest."""
    return max(decisions, key=lambda decision: RANK[decision.holds])
