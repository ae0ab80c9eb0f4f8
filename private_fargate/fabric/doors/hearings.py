"""One request before the judge: who calls from where, what was asked and what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from private_fargate.fabric.authority import Call
from private_fargate.fabric.doors.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.authority import Caller, Verdict
    from private_fargate.fabric.doors.judging import Judge
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.needs import Need
    from private_fargate.fabric.doors.places import Entrance, Here
    from private_fargate.fabric.doors.signatures import Signature


@dataclass
class Hearing:
    """The calls that a request amounts to, each of which must be allowed.

    Attributes:
        now: seconds since 1970.
        calls: what was judged so far, in words: `ecr:BatchGetImage on arn:…`.
        is_allowed: None as long as nothing was judged.
        why: what the judge said when he refused.
    """

    request: Request
    entrance: Entrance
    here: Here
    judge: Judge
    now: float
    calls: list[str] = field(default_factory=list[str])
    is_allowed: bool | None = None
    why: str = ""

    def caller(self, signature: Signature) -> Caller:
        """Return who signed.

        Raises:
            Refused: nobody has this key.
        """
        found = self.judge.caller(signature.access_key)
        if found is None:
            raise Refused("unknown key", "The security token included in the request is invalid.")
        return found

    def require(self, caller: Caller | None, need: Need) -> None:
        """Go on only if a caller may do what is needed.

        Raises:
            Refused: he may not.
        """
        verdict = self._judged(caller, need)
        if verdict.is_allowed:
            return
        self._refuse(caller, need, verdict.why)

    def refuse(self, caller: Caller | None, need: Need, why: str) -> NoReturn:
        """Refuse what no judge needs to hear.

        Raises:
            Refused: in any case.
        """
        self.calls.append(f"{need.action} on {need.resource}")
        self.is_allowed = False
        self._refuse(caller, need, why)

    def _refuse(self, caller: Caller | None, need: Need, why: str) -> NoReturn:
        self.why = why
        if need.words:
            raise Refused("denied", need.words)
        who = caller.session_arn if caller else "anonymous"
        words = f"User: {who} is not authorized to perform: {need.action} on resource: {need.resource}"
        raise Refused("denied", f"{words} {why}".rstrip())

    def _judged(self, caller: Caller | None, need: Need) -> Verdict:
        endpoint = self.entrance.endpoint
        context = self._behind(need.by_service) if need.by_service else self._from_outside()
        call = Call(
            action=need.action,
            resource=need.resource,
            context={**context, "aws:resourceaccount": self.here.account, **need.context},
        )
        policy = endpoint.policy if endpoint and not need.by_service else None
        verdict = self.judge.judge(caller, call, policy, resource_policy=need.resource_policy)
        self.calls.append(f"{need.action} on {need.resource}")
        self.is_allowed = verdict.is_allowed
        return verdict

    def _from_outside(self) -> Mapping[str, str]:
        """Return what AWS knows of where a request comes from.

        Source: IAM/latest/UserGuide/reference_policies_condition-keys.html, "Properties of the network".
        """
        endpoint, client = self.entrance.endpoint, self.request.client
        agent = self.request.headers.get("user-agent")
        return {
            **self._always(),
            "aws:viaawsservice": "false",
            **({"aws:useragent": agent} if agent else {}),
            **(
                {
                    "aws:sourcevpce": endpoint.id,
                    "aws:sourcevpc": self.entrance.vpc_id,
                    "aws:vpcsourceip": client,
                    "aws:vpceaccount": self.here.account,
                }
                if endpoint
                else {"aws:sourceip": client}
            ),
        }

    def _behind(self, service: str) -> Mapping[str, str]:
        """Return what is known where a service calls another one for the caller: no network is left of it.

        Source: IAM/latest/UserGuide/access_forward_access_sessions.html.
        """
        return {**self._always(), "aws:viaawsservice": "true", "aws:calledvia": service}

    def _always(self) -> Mapping[str, str]:
        moment = datetime.fromtimestamp(self.now, UTC)
        return {
            "aws:currenttime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:epochtime": str(int(self.now)),
            "aws:requestedregion": self.here.region,
            "aws:securetransport": "true",
        }
