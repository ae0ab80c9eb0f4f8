"""Connections to one AWS, real or embedded, and its refusals in words that help.

boto3 ships no types.  `Client` is the whole seam: a call returns the JSON that the API documents.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast
from urllib.parse import urlsplit

import boto3
import botocore.loaders
import botocore.session
from botocore import exceptions
from botocore.config import Config
from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials
from botocore.parsers import ResponseParserError

from private_fargate.aws.endpoints import domain_of
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

_ATTEMPTS = 10  # the first one included; "adaptive" also slows down when AWS throttles
_LOCAL_ATTEMPTS = 2  # without TLS it is this machine, which neither throttles nor comes back by itself
_CONNECTIONS = 16  # templates are uploaded in parallel

# Where botocore would otherwise look for a profile and files of the person who types: (file key, variables,
# default, conversion).  An embedded AWS behaves alike for everybody, and needs no profile that works.
_NOTHING_OF_THE_USER = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}

# What botocore knows of AWS, read once for all sessions that have nothing of the user's: to read it anew for
# each takes most of the time in which a client is made.
_KNOWN = cast("Any", botocore.loaders).create_loader()

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEY = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"})


class DeployError(UserError):
    """Something that the person deploying can act on; the message says what and how."""

    exit_code: ClassVar[int] = 4


class AccessError(DeployError):
    """AWS could not be reached, or does not know who is calling."""


class Client(Protocol):
    """A boto3 client: every operation of the service in snake case, called with keywords."""

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        """Return the operation."""
        ...


class _Sessions(Protocol):
    """The part of `boto3.Session` that is used here."""

    region_name: str | None

    def client(
        self, service: str, *, endpoint_url: str | None, config: Config, verify: str | None = None
    ) -> Client: ...

    def get_credentials(self) -> Any: ...  # noqa: ANN401 -- botocore's, which has no types


@dataclass(frozen=True, kw_only=True)
class Session:
    """Clients for one region of one AWS.

    `endpoint` is the URL of an AWS that is not at its usual addresses; None means boto3's own rules, which
    include the variable AWS_ENDPOINT_URL.  `attempts` is how often a call is tried; None means what fits.
    """

    region: str
    endpoint: str | None
    attempts: int | None = None
    _boto: _Sessions
    _clients: dict[str, Client] = field(default_factory=dict[str, "Client"], repr=False, compare=False)

    def client(self, service: str) -> Client:
        """Return the client for a service, by boto3's name for it (`ec2`, `servicediscovery`).

        Making one takes 50 ms, so each is made once.
        """
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    def _new_client(self, service: str) -> Client:
        is_local = self.endpoint is not None and self.endpoint.startswith("http:")
        attempts = self.attempts or (_LOCAL_ATTEMPTS if is_local else _ATTEMPTS)
        config = Config(
            retries={"total_max_attempts": attempts, "mode": "standard" if is_local else "adaptive"},
            max_pool_connections=_CONNECTIONS,
            # Cloud Map's client would prepend "data-" to the host, which no loopback address has.
            inject_host_prefix=self.endpoint is None,
            # Buckets as host names need DNS; an empty mapping means no proxy, whatever HTTP_PROXY says.
            s3={"addressing_style": "path"} if self.endpoint else None,
            proxies={} if self.endpoint else None,
        )
        return self._boto.client(service, endpoint_url=self.endpoint, config=config)

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the AWS is an embedded one."""
        return is_loopback(self.endpoint or "")

    def domain(self) -> str:
        """Return the domain under which AWS's endpoints of this region live: `amazonaws.com`."""
        return domain_of(self.region)

    def variables(self) -> dict[str, str]:
        """Return what `connect_to` takes, so that another process can have the same session.

        Raises:
            AccessError: there are no credentials; the message says how to get some.
        """
        with explained():
            credentials = self._boto.get_credentials()
            if credentials is None:
                raise exceptions.NoCredentialsError
            keys = credentials.get_frozen_credentials()
        token = {"AWS_SESSION_TOKEN": keys.token} if keys.token else {}
        return {
            "AWS_ENDPOINT_URL": self.endpoint or "",
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            **token,
        }


def is_loopback(url: str) -> bool:
    """Say whether a URL leads to this machine and nowhere else."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def connect(region: str | None = None, profile: str | None = None, role: str | None = None) -> Session:
    """Return a session with the caller's own credentials, by boto3's usual search for them.

    Args:
        region: `us-east-1`; None takes the caller's default region.
        profile: of the caller's configuration; None takes AWS_PROFILE, or what there is without one.
        role: the ARN of a role to take on; its credentials are renewed for as long as the session is used.

    Raises:
        AccessError: no region or profile; the message says how to name one.
    """
    with explained():
        boto = cast("_Sessions", boto3.Session(region_name=region, profile_name=profile))
        chosen = boto.region_name
    if chosen is None:
        message = "no region: name one in the environment file (`regions:`) or in the variable AWS_REGION"
        raise AccessError(message)
    own = Session(region=chosen, endpoint=os.environ.get("AWS_ENDPOINT_URL") or None, _boto=boto)
    return own if role is None else _as_role(own, profile, role)


def _as_role(own: Session, profile: str | None, role: str) -> Session:
    """Return the session of a role; it is taken on when the first call is made."""
    core = cast("Any", botocore.session.Session(profile=profile))
    core.register_component("credential_provider", CredentialResolver([_RoleProvider(own, role)]))
    boto = boto3.Session(botocore_session=core, region_name=own.region)
    return Session(region=own.region, endpoint=own.endpoint, _boto=cast("_Sessions", boto))


def in_account(own: Session, region: str, role: str) -> Session:
    """Return a session as a role of another account, taken on with the credentials of this one.

    Args:
        own: whose credentials.
        region: where, in that account.
        role: the ARN of a role that trusts them.
    """
    core = cast("Any", botocore.session.Session(session_vars=_NOTHING_OF_THE_USER))
    core.register_component("credential_provider", CredentialResolver([_RoleProvider(own, role)]))
    boto = boto3.Session(botocore_session=core, region_name=region)
    return Session(region=region, endpoint=own.endpoint, _boto=cast("_Sessions", boto))


class _RoleProvider:
    """Has STS hand out a role's credentials, again and again before they expire."""

    METHOD = "assume-role"
    CANONICAL_NAME = "private-fargate-role"

    def __init__(self, own: Session, role: str) -> None:
        self._own, self._role = own, role

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(refresh_using=self._renew, method=self.METHOD)

    def _renew(self) -> dict[str, str]:
        sts = self._own.client("sts")
        answer = sts.assume_role(RoleArn=self._role, RoleSessionName="private-fargate")
        keys = answer["Credentials"]
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            "expiry_time": keys["Expiration"].isoformat(),
        }


def _nobodys() -> botocore.session.Session:
    """Return a session that knows nothing of the person who types."""
    core = botocore.session.Session(session_vars=_NOTHING_OF_THE_USER)
    cast("Any", core).register_component("data_loader", _KNOWN)
    return core


def connect_to(environment: Mapping[str, str]) -> Session:
    """Return a session with nothing but what the variables say, whatever profile the caller has.

    Args:
        environment: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; and
            AWS_MAX_ATTEMPTS, if a call is to be tried that often.
    """
    core = _nobodys()
    boto = boto3.Session(
        botocore_session=core,
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
    )
    return Session(
        region=environment["AWS_REGION"],
        endpoint=environment["AWS_ENDPOINT_URL"],
        attempts=int(environment.get("AWS_MAX_ATTEMPTS", "0")) or None,
        _boto=cast("_Sessions", boto),
    )


@dataclass(frozen=True, kw_only=True)
class _BoundSession(Session):
    """A session that goes to AWS's own host names, and trusts one authority."""

    authority_file: str
    connect_timeout: float
    read_timeout: float

    def _new_client(self, service: str) -> Client:
        config = Config(
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            retries={"total_max_attempts": 1},
            ignore_configured_endpoint_urls=True,
            use_fips_endpoint=False,
            use_dualstack_endpoint=False,
            # Without this the first region's buckets would be looked for at a name without a region.
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
            proxies={},
        )
        return self._boto.client(service, endpoint_url=None, config=config, verify=self.authority_file)


def connect_as(
    keys: Mapping[str, str],
    region: str,
    *,
    authority_file: str,
    connect_timeout: float,
    read_timeout: float,
) -> Session:
    """Return a session as ECS's own agent has one: with a role's keys, at AWS's usual host names.

    Neither profiles nor variables of the person who types have any part in it.  A call is tried once.

    Args:
        keys: `access_key`, `secret_key` and `session_token`.
        region: `us-east-1`.
        authority_file: the only authority whose certificates are believed, as PEM.
        connect_timeout: seconds for each address of a host.
        read_timeout: seconds without a byte of an answer.
    """
    core = _nobodys()
    boto = boto3.Session(
        botocore_session=core,
        region_name=region,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        aws_session_token=keys["session_token"],
    )
    return _BoundSession(
        region=region,
        endpoint=None,
        authority_file=authority_file,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        _boto=cast("_Sessions", boto),
    )


def pages(client: Client, operation: str, **arguments: object) -> list[dict[str, Any]]:
    """Return all pages of an operation, whether AWS cuts its answer into pages or not."""
    if not client.can_paginate(operation):
        return [getattr(client, operation)(**arguments)]
    paginator = cast("Any", client.get_paginator(operation))
    return list(paginator.paginate(**arguments))


def code_of(error: exceptions.ClientError) -> str:
    """Return the code of an API's refusal: `ValidationError`."""
    return str(cast("dict[str, dict[str, object]]", error.response).get("Error", {}).get("Code", ""))


@contextmanager
def explained() -> Generator[None]:
    """Turn what botocore raises about access into `AccessError`s that name the remedy.

    Raises:
        AccessError: no credentials, expired or unknown ones, no such profile, or nobody at the endpoint.
        DeployError: any other refusal, with AWS's own words.
    """
    try:
        yield
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        message = f"{error}: run `aws configure sso` or `aws login`, or set AWS_PROFILE"
        raise AccessError(message) from error
    except (exceptions.ProfileNotFound, exceptions.NoRegionError) as error:
        message = f"{error}: `aws configure list-profiles` shows what there is"
        raise AccessError(message) from error
    except (exceptions.TokenRetrievalError, exceptions.SSOError) as error:
        message = f"{error}: run `aws sso login` and try again"
        raise AccessError(message) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        message = f"{error}: is the address right (AWS_ENDPOINT_URL, region), and is the network there?"
        raise AccessError(message) from error
    except ResponseParserError as error:
        message = f"what answers is no AWS ({error}): is the address right (AWS_ENDPOINT_URL)?"
        raise AccessError(message) from error
    except exceptions.ClientError as error:
        raise _refusal(error) from error


def _refusal(error: exceptions.ClientError) -> DeployError:
    code = code_of(error)
    if code in _EXPIRED:
        return AccessError(f"the credentials have expired ({code}): log in again (`aws sso login`)")
    if code in _UNKNOWN_KEY:
        return AccessError(f"AWS does not know these credentials ({code}): is AWS_PROFILE the right one?")
    return DeployError(str(error))
