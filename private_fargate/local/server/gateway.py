"""Who answers a request: ministack, moto for EC2 and quotas, or we ourselves."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlencode

import urllib3
from ministack import app
from ministack.services import ec2

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.created import CREATED_TYPES

TYPES_PATH = "/_private_fargate/types"

_OF_MOTO = frozenset({"servicequotas"})
_SIGNED_FOR = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
_NOT_PASSED_ON = frozenset(
    {"accept-encoding", "connection", "content-length", "date", "host", "server", "transfer-encoding"}
)
_TIMEOUT = 60  # seconds

_pool = urllib3.PoolManager(maxsize=16)
_detect_service = app.detect_service


def connect() -> None:
    """Lead requests for EC2 and service quotas to moto."""
    ec2.handle_request = _forward
    app.detect_service = _detect
    app.SERVICE_HANDLERS["moto"] = _forward


def _detect(method: str, path: str, headers: dict[str, str], query: dict[str, Any]) -> str:
    signed_for = _SIGNED_FOR.search(headers.get("authorization", ""))
    if signed_for and signed_for[1] in _OF_MOTO:
        return "moto"
    return str(_detect_service(method, path, headers, query))


async def _forward(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    return await asyncio.to_thread(_send, method, path, headers, body, query)


def _send(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    url = f"{moto.url()}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
    answer = _pool.request(
        method,
        url,
        body=body or None,
        headers={**_passed_on(headers), **moto.account_header()},
        retries=False,
        timeout=_TIMEOUT,
    )
    return answer.status, _passed_on(answer.headers), answer.data


def _passed_on(headers: Any) -> dict[str, str]:  # noqa: ANN401 -- two kinds of mapping
    return {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED_ON}


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI's callables
    """Answer a request: our own path here, everything else as ministack does."""
    if scope["type"] == "http" and scope["path"] == TYPES_PATH:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(sorted(CREATED_TYPES)).encode()})
        return
    await app.app(scope, receive, send)
