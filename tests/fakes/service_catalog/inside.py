"""ministack from within: everything of it that the fake needs and that has no public name."""

from __future__ import annotations

import functools
import json
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import boto3
from botocore.config import Config
from ministack import app
from ministack.core import responses
from ministack.services import iam, s3, sts
from ministack.services.cloudformation import engine, helpers, provisioners

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from private_fargate.local.server.handlers import Properties

_session = boto3.Session()
_one_at_a_time = threading.Lock()


def address() -> str:
    """Return where this AWS answers."""
    return f"http://localhost:{os.environ['GATEWAY_PORT']}"


def client(service: str, account: str, region: str) -> Any:
    """Return a client of this AWS that acts for an account."""
    with _one_at_a_time:  # clients may be used by several threads, but not made by several
        return _client(service, account, region)


@functools.lru_cache
def _client(service: str, account: str, region: str) -> Any:
    return _session.client(
        service,
        endpoint_url=address(),
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 -- a key that opens nothing
        config=Config(retries={"total_max_attempts": 1}),
    )


def whereabouts() -> tuple[str, str]:
    """Return the account and the Region of the request, or of the stack that is being deployed."""
    return str(responses.get_account_id()), str(responses.get_region())


@contextmanager
def acting_for(account: str, region: str) -> Iterator[None]:
    """Let what follows in this thread be for an account and a Region."""
    with responses.request_scope(account, region):
        yield


def caller(headers: dict[str, str], query: dict[str, Any]) -> str:
    """Return the ARN of who makes a request."""
    return str(sts._caller_identity(headers, query)["userArn"])


def add_service(
    name: str,
    target: str,
    handle: Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]],
) -> None:
    """Lead requests whose X-Amz-Target begins so to a handler."""
    detect = app.detect_service

    def detect_ours(method: str, path: str, headers: dict[str, str], query: dict[str, Any]) -> str:
        if headers.get("x-amz-target", "").startswith(target):
            return name
        return str(detect(method, path, headers, query))

    app.detect_service = detect_ours
    app.SERVICE_HANDLERS[name] = handle


def parse_template(body: str) -> dict[str, Any]:
    """Return a template, JSON or YAML, as an object.

    Raises:
        ValueError: it is none.
    """
    template = engine._parse_template(body)
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not resources:
        raise ValueError("Template format error: At least one Resources member must be defined.")
    return json.loads(json.dumps(template, default=str))


def check_template(template: dict[str, Any]) -> None:
    """Refuse what CloudFormation's ValidateTemplate refuses.

    Raises:
        ValueError: the text says what.
    """
    engine._validate_template_statics(template)
    engine._check_rules_section(template)
    engine.validate_template_support(template, {})


def check_rules(rules: dict[str, Any]) -> None:
    """Refuse rules that CloudFormation does not take.

    Raises:
        ValueError: the text says what.
    """
    engine._check_rules_section({"Rules": rules})


def resource_handlers() -> dict[str, dict[str, Any]]:
    """Return what makes, changes and removes each type of resource, to be changed in place."""
    handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS
    return handlers


def physical_name(stack: str, logical_id: str, longest: int) -> str:
    """Return a name such as CloudFormation gives a resource that has none."""
    return str(provisioners._physical_name(stack, logical_id, max_len=longest))


def bucket_and_key(url: str) -> tuple[str, str] | None:
    """Return where in S3 an address points; None if it is none of S3."""
    parsed = urlparse(url)
    bucket, _, key = parsed.path.lstrip("/").partition("/")
    return (bucket, key) if parsed.scheme in {"http", "https"} and bucket and key else None


def owner(bucket: str) -> str | None:
    """Return the account that has a bucket; None if there is none."""
    found = s3._bucket_owner_account(bucket)
    return None if found is None else str(found)


def bucket_policy(bucket: str, account: str) -> str | None:
    """Return the policy of an account's bucket; None if it has none."""
    policy = s3._bucket_policies.get_scoped(account, None, bucket)
    return None if policy is None else str(policy)


def serve_objects(bucket: str, objects: Mapping[str, bytes]) -> None:
    """Let CloudFormation read objects of a bucket that nobody sees."""
    original = s3._get_object_data

    def reading(name: str, key: str, version_id: str | None = None) -> bytes | None:
        found: bytes | None = objects.get(key) if name == bucket else original(name, key, version_id)
        return found

    s3._get_object_data = reading


def template_at(url: str, account: str, region: str) -> str | None:
    """Return the template at an address, as CloudFormation reads it for an account; None if it cannot."""
    with acting_for(account, region):
        body, error = helpers._resolve_template({"TemplateURL": [url]})
    return None if error is not None or not body else str(body)


def properties_of(properties: Properties, *names: str) -> dict[str, Any]:
    """Return those of some properties that are given."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def role_arn(name: str, account: str) -> str | None:
    """Return the ARN of an account's role; None if there is none."""
    role = iam._roles.get_scoped(account, None, name)
    return None if role is None else str(role["Arn"])


def boundary_of(role: str, account: str) -> str | None:
    """Return the ARN of the permissions boundary of an account's role; None if it has none."""
    known = iam._roles.get_scoped(account, None, role) or {}
    return known.get("PermissionsBoundary") or None
