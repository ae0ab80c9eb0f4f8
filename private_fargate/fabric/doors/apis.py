"""APIs of AWS: which operation a request is, whether it is allowed, and its way to the AWS behind."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from private_fargate.fabric.doors.forms import protocol_of
from private_fargate.fabric.doors.messages import Answer
from private_fargate.fabric.doors.needs import Asked, needs_of
from private_fargate.fabric.doors.refusals import Refused
from private_fargate.fabric.doors.services import service_of
from private_fargate.fabric.doors.signatures import check_time, signature_of, signed_by_account
from private_fargate.fabric.doors.tokens import TOKEN_LIFE, Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.authority import Caller
    from private_fargate.fabric.doors.hearings import Hearing
    from private_fargate.fabric.doors.lookups import Lookups
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.places import Here
    from private_fargate.fabric.doors.services import Service
    from private_fargate.fabric.doors.tokens import Links, Tokens
    from private_fargate.fabric.doors.upstream import Upstream

_CBOR_PATH = re.compile(r"/service/(?P<target>\w+)/operation/(?P<operation>\w+)\Z")
_OPERATION = re.compile(r"\w+\Z")
_NOT_OF_AWS = re.compile(r"/(?:_|v2(?:/|\Z)|v4(?:/|\Z)|latest(?:/|\Z)|health\Z)")
_OF_PATHS: Final = (
    ("ssmmessages", "POST", re.compile(r"/v1/control-channel/[^/]+\Z"), "CreateControlChannel"),
    ("ssmmessages", "POST", re.compile(r"/v1/data-channel/[^/]+\Z"), "CreateDataChannel"),
    ("xray", "POST", re.compile(r"/TraceSegments\Z"), "PutTraceSegments"),
    ("xray", "POST", re.compile(r"/TelemetryRecords\Z"), "PutTelemetryRecords"),
    ("xray", "POST", re.compile(r"/GetSamplingRules\Z"), "GetSamplingRules"),
    ("xray", "POST", re.compile(r"/SamplingTargets\Z"), "GetSamplingTargets"),
    ("appconfig", "POST", re.compile(r"/configurationsessions\Z"), "StartConfigurationSession"),
    ("appconfig", "GET", re.compile(r"/configuration\Z"), "GetLatestConfiguration"),
)
"""Operations without a name in the request.

Source: botocore 1.44, `http` of each operation; of ssmmessages the source of amazon-ssm-agent,
agent/session/service/service.go.
"""

_OK, _CREATED = 200, 201


@dataclass(frozen=True, kw_only=True)
class Apis:
    """What answers at the names of APIs."""

    here: Here
    upstream: Upstream
    lookups: Lookups
    tokens: Tokens
    links: Links

    def answer(self, request: Request, name: str, hearing: Hearing) -> Answer:
        """Return what an API answers.

        Args:
            request: to the API.
            name: of the endpoint service whose API it is.
            hearing: in which it is judged.

        Raises:
            Refused: nobody signed, or who signed may not do this.
        """
        signature = signature_of(request)
        if signature is None:
            raise Refused("unsigned", "Missing Authentication Token")
        if signature.region != self.here.region:
            raise Refused("wrong scope", "Credential should be scoped to a valid region.")
        if signature.is_in_query:
            check_time(request, hearing.now)
        api, operation = _named(request)
        service = service_of(name, signature, api)
        caller = hearing.caller(signature)
        asked = Asked(
            prefix=service.prefix,
            operation=operation or _by_path(service, request),
            content=_content(request),
        )
        for need in needs_of(asked, self.here, self.lookups):
            hearing.require(caller, need)
        if asked.action == "ecr:GetAuthorizationToken":
            return self._token(self.tokens.give(caller, hearing.now), hearing.now)
        if asked.action == "sts:GetCallerIdentity":
            return _identity(caller, self.lookups.role_id(caller.role_arn))
        if service.prefix == "ssmmessages" and operation is None and asked.operation != "Unknown":
            return _channel(asked.operation)
        query, headers = signed_by_account(request, signature, self.here, service.signing)
        target = f"{_path(request)}?{query}" if query else _path(request)
        answer = self.upstream.forward(request, target, headers=headers)
        if asked.action == "ecr:GetDownloadUrlForLayer" and answer.status == _OK:
            answer.discard()
            return self._download(asked, hearing.now)
        return answer

    def _token(self, token: str, now: float) -> Answer:
        registry = f"https://{self.here.account}.dkr.ecr.{self.here.region}.{self.here.domain}"
        given = {"authorizationToken": token, "expiresAt": now + TOKEN_LIFE, "proxyEndpoint": registry}
        return _json({"authorizationData": [given]})

    def _download(self, asked: Asked, now: float) -> Answer:
        layer = Layer(repository=asked.text("repositoryName"), digest=asked.text("layerDigest"))
        return _json({"downloadUrl": self.links.url(layer, now), "layerDigest": layer.digest})


def _named(request: Request) -> tuple[str | None, str | None]:
    """Return which API and which operation of it a request names, as far as it does."""
    if target := request.headers.get("x-amz-target"):
        api, _, operation = target.rpartition(".")
        return api or None, operation if _OPERATION.match(operation) else None
    if protocol_of(request) == "cbor":
        match = _CBOR_PATH.match(request.path)
        if match is None:
            raise Refused("unknown operation", "The path names no operation")
        return match["target"], match["operation"]
    if protocol_of(request) == "query":
        action = str(_content(request).get("Action", ""))
        return None, action if _OPERATION.match(action) else None
    return None, None


def _by_path(service: Service, request: Request) -> str:
    """Return the operation of a path; one that nobody allows by name if it is not known."""
    found = (
        operation
        for prefix, method, pattern, operation in _OF_PATHS
        if (prefix, method) == (service.prefix, request.method) and pattern.match(request.path)
    )
    return next(found, "Unknown")


def _content(request: Request) -> Mapping[str, Any]:
    """Return the parameters of a request; none of those that are in CBOR."""
    body = request.content()
    if protocol_of(request) == "query":
        form = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
        return {**{name: values[0] for name, values in form.items()}, **request.parameters()}
    if "x-amz-target" not in request.headers:
        return {"path": request.path}
    try:
        content = json.loads(body or b"{}")
    except ValueError as error:
        raise Refused("malformed", "The body is no JSON") from error
    if not isinstance(content, dict):
        raise Refused("malformed", "The body is no JSON object")
    return cast("dict[str, Any]", content)


def _path(request: Request) -> str:
    """Return the path for the AWS behind, which has paths of its own that are not for clients.

    Raises:
        Refused: the path is one of those.
    """
    if "x-amz-target" in request.headers or protocol_of(request) == "query":
        return "/"
    if _NOT_OF_AWS.match(request.path) or "//" in request.path or "/." in request.path:
        raise Refused("unknown operation", f"{request.path} is no path of this API")
    return request.raw_path


def _identity(caller: Caller, role_id: str) -> Answer:
    """Return who calls, which the AWS behind cannot know: the keys were not given by it."""
    name = caller.session_arn.rpartition("/")[2]
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{escape(caller.session_arn)}</Arn><UserId>{role_id}:{escape(name)}</UserId>"
        f"<Account>{caller.account}</Account></GetCallerIdentityResult><ResponseMetadata>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    return Answer(status=_OK, headers={"Content-Type": "text/xml"}, body=body.encode())


def _channel(operation: str) -> Answer:
    """Return a token for a channel of Session Manager, which the AWS behind knows nothing of.

    The channel itself would be a web socket, and nobody here speaks at its other end.
    Source: agent/session/service/model.go of amazon-ssm-agent.
    """
    body = (
        f"<{operation}Response><MessageSchemaVersion>1.0</MessageSchemaVersion>"
        f"<TokenValue>{secrets.token_urlsafe(192)}</TokenValue></{operation}Response>"
    )
    return Answer(status=_CREATED, headers={"Content-Type": "application/xml"}, body=body.encode())


def _json(content: Mapping[str, object]) -> Answer:
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return Answer(status=_OK, headers=headers, body=json.dumps(content).encode())
