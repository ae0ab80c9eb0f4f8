"""Refusals as answers, in the form of each protocol.

Source: https://smithy.io/2.0/aws/protocols/, and of S3 and of the codes that all services share,
AmazonS3/latest/API/ErrorResponses.html and IAM/latest/APIReference/CommonErrors.html.
"""

from __future__ import annotations

import json
import uuid
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from xml.sax.saxutils import escape

from private_fargate.fabric.doors.messages import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.refusals import Reason, Refused

Protocol: TypeAlias = Literal["json", "query", "cbor", "s3", "registry"]

_DENIED, _BAD, _LARGE, _NOT_THERE, _FAILED = 403, 400, 413, 404, 502

_JSON: Final[Mapping[Reason, tuple[int, str]]] = MappingProxyType(
    {
        "denied": (_BAD, "AccessDeniedException"),
        "unknown key": (_BAD, "UnrecognizedClientException"),
        "unsigned": (_BAD, "MissingAuthenticationTokenException"),
        "wrong scope": (_BAD, "InvalidSignatureException"),
        "bad signature": (_BAD, "InvalidSignatureException"),
        "unknown operation": (_BAD, "UnknownOperationException"),
        "malformed": (_BAD, "SerializationException"),
        "too large": (_LARGE, "RequestEntityTooLargeException"),
        "unavailable": (_FAILED, "ServiceUnavailableException"),
    }
)
_QUERY: Final[Mapping[Reason, tuple[int, str]]] = MappingProxyType(
    {
        "denied": (_DENIED, "AccessDenied"),
        "unknown key": (_DENIED, "InvalidClientTokenId"),
        "unsigned": (_DENIED, "MissingAuthenticationToken"),
        "wrong scope": (_DENIED, "SignatureDoesNotMatch"),
        "bad signature": (_DENIED, "SignatureDoesNotMatch"),
        "unknown operation": (_BAD, "InvalidAction"),
        "malformed": (_BAD, "MalformedInput"),
        "too large": (_LARGE, "RequestEntityTooLarge"),
        "unavailable": (_FAILED, "ServiceUnavailable"),
    }
)
_S3: Final[Mapping[Reason, tuple[int, str]]] = MappingProxyType(
    {
        "denied": (_DENIED, "AccessDenied"),
        "unknown key": (_DENIED, "InvalidAccessKeyId"),
        "unsigned": (_DENIED, "AccessDenied"),
        "wrong scope": (_BAD, "AuthorizationHeaderMalformed"),
        "bad signature": (_DENIED, "SignatureDoesNotMatch"),
        "unknown operation": (_NOT_THERE, "NoSuchKey"),
        "malformed": (_BAD, "InvalidArgument"),
        "too large": (_BAD, "EntityTooLarge"),
        "unavailable": (_FAILED, "ServiceUnavailable"),
    }
)
_REGISTRY: Final[Mapping[Reason, tuple[int, str]]] = MappingProxyType(
    {
        "denied": (_DENIED, "DENIED"),
        "unknown key": (_DENIED, "DENIED"),
        "unsigned": (401, "UNAUTHORIZED"),
        "unknown operation": (_NOT_THERE, "UNSUPPORTED"),
        "malformed": (_BAD, "UNSUPPORTED"),
        "too large": (_LARGE, "SIZE_INVALID"),
        "unavailable": (_FAILED, "UNKNOWN"),
    }
)


def protocol_of(request: Request) -> Protocol:
    """Return the protocol of a request to an API that is neither S3 nor a registry."""
    if "x-amz-target" in request.headers:
        return "json"  # whatever else it looks like: the AWS behind looks here first
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded") or "Action" in request.parameters():
        return "query"
    return "json"


def refusal(protocol: Protocol, refused: Refused) -> Answer:
    """Return the answer that says so."""
    if protocol == "query":
        return _query(*_QUERY[refused.reason], refused.words)
    if protocol == "s3":
        return _s3(*_S3[refused.reason], refused.words)
    if protocol == "registry":
        status, code = _REGISTRY.get(refused.reason, (_DENIED, "DENIED"))
        return registry_error(status, code, refused.words)
    status, code = _JSON[refused.reason]
    if protocol == "cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Answer(status=status, headers=headers, body=_cbor({"__type": code, "message": refused.words}))
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": str(uuid.uuid4()),
        "x-amzn-ErrorType": code,
    }
    # Some services spell it with a capital and some without; every SDK takes either.
    body = json.dumps({"__type": code, "message": refused.words, "Message": refused.words})
    return Answer(status=status, headers=headers, body=body.encode())


def registry_error(status: int, code: str, words: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error as a registry says it.

    Source: https://github.com/opencontainers/distribution-spec, "Error Codes".
    """
    return Answer(
        status=status,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Docker-Distribution-Api-Version": "registry/2.0",
            **(headers or {}),
        },
        body=(json.dumps({"errors": [{"code": code, "message": words}]}) + "\n").encode(),
    )


def _query(status: int, code: str, words: str) -> Answer:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(words)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Answer(status=status, headers={"Content-Type": "text/xml"}, body=body.encode())


def _s3(status: int, code: str, words: str) -> Answer:
    number = uuid.uuid4().hex[:16].upper()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(words)}</Message><RequestId>{number}</RequestId></Error>"
    )
    headers = {"Content-Type": "application/xml", "x-amz-request-id": number}
    return Answer(status=status, headers=headers, body=body.encode())


def _cbor(texts: Mapping[str, str]) -> bytes:
    """Return a map of texts as CBOR.

    >>> _cbor({"a": "b"}).hex()
    'a161616162'
    """
    parts = [bytes([0xA0 | len(texts)])]
    for each in (part for pair in texts.items() for part in pair):
        data = each.encode()
        parts += [_cbor_head(len(data)), data]
    return b"".join(parts)


def _cbor_head(length: int) -> bytes:
    """Return how CBOR begins a text.  Source: RFC 8949, section 3."""
    text, one_byte, two_bytes = 0x60, 24, 25
    if length < one_byte:
        return bytes([text | length])
    if length < 1 << 8:
        return bytes([text | one_byte, length])
    return bytes([text | two_bytes]) + length.to_bytes(2)
