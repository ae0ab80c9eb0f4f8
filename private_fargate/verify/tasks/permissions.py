"""Whether a call is allowed: by the policy of the endpoint on its way, and by the role of the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify import iam
from private_fargate.verify.tasks.hosts import setting
from private_fargate.verify.tasks.path import Check
from private_fargate.verify.tasks.roles import best
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import Address
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.tasks.demand import Call, Demand
    from private_fargate.verify.tasks.doors import Door
    from private_fargate.verify.tasks.path import Cause, Context
    from private_fargate.verify.tasks.roles import Roles
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


class Permissions:
    """What policies say to the calls of a system's workloads."""

    def __init__(self, system: System, roles: Roles, endpoints: tuple[Endpoint, ...]) -> None:
        """Take the roles and the endpoints, which both have policies."""
        self.system = system
        self.roles = roles
        self.endpoints = endpoints
        self._policy_of = remembered(self._read_policy)

    def at_endpoint(self, workload: Workload, demand: Demand, door: Door) -> list[Check]:
        """Ask the policy of an endpoint about every call that goes through it."""
        endpoint = door.endpoint
        if endpoint is None or not demand.calls:
            return []
        address = str(endpoint.resource.address)
        if endpoint.policy is None:
            return []  # the default, which lets everything through
        policy = self._policy_of(endpoint.resource, demand.layers)
        checks: list[Check] = []
        for call in demand.calls:
            decision = self._decided(policy, workload, demand, call, endpoint)
            checks.append(
                Check(
                    claim=f"the policy of {address} lets {call.action} through",
                    holds=decision.holds,
                    by=str(decision.by) if decision.by and decision.holds else address,
                    why=decision.why,
                    cause=_CAUSES[decision.holds],
                    resource=endpoint.resource,
                    call=call,
                    stopped="condition" if _denied_by_condition(decision) else decision.stopped,
                )
            )
        return checks

    def _read_policy(self, resource: Resource, of_aws: bool) -> iam.Policy:
        """Read the policy of an endpoint, which every workload asks.

        Args:
            resource: The endpoint.
            of_aws: Whether it is AWS that calls, whose account is not the one that the template is for.
        """
        found = next(endpoint for endpoint in self.endpoints if endpoint.resource is resource)
        document = found.policy
        if of_aws:
            own = self.system.world.symbols.attribute(Address((), "AWS::AccountId"))
            document = _replaced(document, self.roles.account, own)
        return iam.read(document, str(resource.address))

    def _decided(
        self, policy: iam.Policy, workload: Workload, demand: Demand, call: Call, endpoint: Endpoint
    ) -> iam.Decision:
        context = dict(self._context(endpoint))
        if demand.layers:
            # AWS signs the addresses of layers, and the bucket is its own: no condition on ours matches it.
            context |= dict.fromkeys(_OF_AWS, (iam.FOREIGN,))
            principal, account = iam.FOREIGN, iam.FOREIGN
        else:
            role = self.roles.role(self.role_of(workload, demand))
            unknown = self.system.root.unknown("the caller's role", "the role of the caller is not known")
            principal = as_text(role.resource.attribute("Arn")) if role else unknown
            account = self.roles.account
        decisions = [
            iam.resource_policy(
                policy,
                iam.Request(
                    action=call.action,
                    resource=resource,
                    principal=principal,
                    account=account,
                    context=context,
                ),
                gateway=endpoint.is_route,
            )
            for resource in call.resources
        ]
        return best(decisions)

    def _context(self, endpoint: Endpoint | None) -> Context:
        """Give the condition keys that follow from the way that a call takes."""
        pseudo = self.system.world.pseudo
        always: Context = (("aws:RequestedRegion", (pseudo("AWS::Region"),)), ("kms:ViaService", ()))
        if endpoint is None:
            return (*always, ("aws:SourceVpc", ()), ("aws:SourceVpce", ()), ("aws:VpcSourceIp", ()))
        vpc = ("aws:SourceVpc", (as_text(endpoint.vpc),))
        return (*always, vpc, ("aws:SourceVpce", (as_text(endpoint.resource.ref),)))

    def role_of(self, workload: Workload, demand: Demand) -> Value | None:
        """Give what refers to the role with which a demand is made; None if there is none."""
        if demand.caller == "instance":
            return self.roles.of_host(workload.resource)
        name = "ExecutionRoleArn" if demand.caller == "execution" else "TaskRoleArn"
        source = workload.definition or workload.resource
        return source.get(name)

    def of_caller(self, workload: Workload, demand: Demand, door: Door | None) -> list[Check]:
        """Ask the role of the caller about every call."""
        if demand.caller is None or not demand.calls:
            return []
        value = self.role_of(workload, demand)
        kind = "instance" if demand.caller == "instance" else f"{demand.caller} role"
        if value is None:
            return [self._without_role(workload, demand, kind)]
        endpoint = door.endpoint if door else None
        context = self._call_context(demand, endpoint)
        if door is not None and door.check.holds is None:
            context = context[:_WHATEVER_WAY]
        return [self._may(value, kind, call, context) for call in demand.calls]

    def _call_context(self, demand: Demand, endpoint: Endpoint | None) -> Context:
        """Give the condition keys of a call; KMS also sees through which service it is used."""
        if demand.needs_network:
            return self._context(endpoint)
        region = self.system.world.pseudo("AWS::Region")
        suffix = self.system.world.pseudo("AWS::URLSuffix")
        return (("kms:ViaService", (f"secretsmanager.{region}.{suffix}",)),)

    def _without_role(self, workload: Workload, demand: Demand, kind: str) -> Check:
        claim = f"it has an {kind}" if kind[0] in "ei" else f"it has a {kind}"
        source = workload.definition or workload.resource
        if demand.caller == "instance":
            profile = setting(self.system, workload.resource, "IamInstanceProfile")
            if profile is not None:
                why = self.roles.why(profile)
                return Check(claim=claim, holds=None, why=why, cause="unknown", resource=workload.resource)
        elif workload.definition is None:
            why = self.roles.why(workload.definition_value)
            return Check(claim=claim, holds=None, why=why, cause="unknown", resource=workload.resource)
        why = f"{source.address} names no {kind}"
        return Check(claim=claim, holds=False, why=why, cause="no role", resource=source)

    def _may(self, value: Value, kind: str, call: Call, context: Context) -> Check:
        decision = self.roles.may(value, call, context)
        role = self.roles.role(value)
        name = str(role.resource.address) if role else self.system.show(value)
        granted = str(decision.by) if decision.by and decision.holds else name
        return Check(
            claim=f"the {kind} may {call.action}",
            holds=decision.holds,
            by=granted,
            why=decision.why,
            cause="" if decision.holds else "role" if decision.holds is False else "unknown",
            resource=role.resource if role else None,
            call=call,
            stopped=decision.stopped,
        )


_WHATEVER_WAY: Final = 2
"""How many condition keys of a call over the network, the first ones, do not follow from its way."""

_CAUSES: Final[dict[Truth, Cause]] = {True: "", False: "endpoint policy", None: "unknown"}
_OF_AWS: Final = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
)


def _replaced(value: Value, old: str, new: str) -> Value:
    """Give a document with one text in it replaced by another."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _denied_by_condition(decision: iam.Decision) -> bool:
    return decision.denied is True and decision.by is not None and bool(decision.by.conditions)
