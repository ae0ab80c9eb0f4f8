"""The doors of a network: who comes in, what is judged, and where it goes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from private_fargate.deploy.session import DeployError, connect_to
from private_fargate.fabric.doors import forms
from private_fargate.fabric.doors.apis import Apis
from private_fargate.fabric.doors.buckets import Buckets
from private_fargate.fabric.doors.hearings import Hearing
from private_fargate.fabric.doors.lookups import Lookups
from private_fargate.fabric.doors.messages import Answer, text
from private_fargate.fabric.doors.places import CHECK_IP, REGISTRY, S3, Here, place_of
from private_fargate.fabric.doors.refusals import Refused
from private_fargate.fabric.doors.registry import Registry
from private_fargate.fabric.doors.serving import Server
from private_fargate.fabric.doors.tokens import Links, Tokens
from private_fargate.fabric.doors.upstream import Upstream

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from private_fargate.fabric.doors.certificates import Certificates
    from private_fargate.fabric.doors.forms import Protocol
    from private_fargate.fabric.doors.judging import Judge
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.places import Entrance, Place

_REMEMBERED = 10_000  # visits
_OK, _MISDIRECTED = 200, 421
_PROTOCOLS: Final[dict[str, Protocol]] = {S3: "s3", REGISTRY: "registry"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that came in, which is a proof of the way it took.

    Attributes:
        entrance: name of the door.
        client: the address that it saw.
        what: what was judged, `ecr:BatchGetImage on arn:…`; method and path, if nothing was.
        is_allowed: None if nothing was judged.
        why: what the judge said when he refused.
    """

    entrance: str
    client: str
    host: str
    what: str
    status: int
    is_allowed: bool | None
    why: str


class Doors:
    """What answers behind VPC endpoints and on the internet, in front of an embedded AWS."""

    def __init__(  # noqa: PLR0913 -- what is behind the doors, and who watches them
        self,
        upstream: str,
        region: str,
        account: str,
        authority: Judge,
        certificates: Certificates,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Say what is behind the doors; none is open yet.

        Args:
            upstream: URL of the embedded AWS.
            region: whose names are answered.
            account: of twelve digits.
            authority: that knows who calls and judges it.
            certificates: for the names.
            clock: seconds since 1970.
        """
        here = Here(region=region, account=account)
        # The embedded AWS takes a key of twelve digits for the root of that account.
        session = connect_to(
            {
                "AWS_ENDPOINT_URL": upstream,
                "AWS_REGION": region,
                "AWS_ACCESS_KEY_ID": account,
                "AWS_SECRET_ACCESS_KEY": "unchecked",
            }
        )
        self._here, self._authority, self._clock = here, authority, clock
        self._context = certificates.context()
        self._upstream = Upstream(upstream)
        self._server = Server()
        tokens, links = Tokens(), Links(here)
        self._registry = Registry(here=here, upstream=self._upstream, tokens=tokens, links=links)
        self._buckets = Buckets(here=here, upstream=self._upstream, links=links)
        self._apis = Apis(
            here=here, upstream=self._upstream, lookups=Lookups(session), tokens=tokens, links=links
        )
        self._visits: deque[Visit] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()

    @property
    def visits(self) -> list[Visit]:
        """Who came in so far, in order; of very many the last ones."""
        with self._lock:
            return list(self._visits)

    def serve(self, listener: socket.socket, entrance: Entrance) -> None:
        """Answer with TLS at a socket that listens, and return at once."""
        self._server.serve(listener, lambda request: self._welcome(request, entrance), self._context)

    def serve_plain(self, listener: socket.socket) -> None:
        """Tell whoever connects without TLS the address from which it came, and return at once."""
        self._server.serve(listener, self._tell_address)

    def close(self) -> None:
        """Close all doors."""
        self._server.close()
        self._upstream.close()

    def _tell_address(self, request: Request) -> Answer:
        answer = text(_OK, request.client)
        self._note(
            Visit(
                entrance="internet",
                client=request.client,
                host=request.host,
                what=f"{request.method} {request.raw_path}",
                status=answer.status,
                is_allowed=None,
                why="",
            )
        )
        return answer

    def _welcome(self, request: Request, entrance: Entrance) -> Answer:
        hearing = Hearing(request, entrance, self._here, self._authority, self._clock())
        place = place_of(request.host, entrance, self._here)
        protocol = _PROTOCOLS.get(place.service if place else "") or forms.protocol_of(request)
        try:
            answer = self._answer(request, place, hearing)
        except Refused as refused:
            answer = forms.refusal(protocol, refused)
        except DeployError as error:  # the AWS behind did not say what a door asked it
            answer = forms.refusal(protocol, Refused("unavailable", str(error)))
        self._note(
            Visit(
                entrance=entrance.name,
                client=request.client,
                host=request.host,
                what=", ".join(hearing.calls) or f"{request.method} {request.raw_path}",
                status=answer.status,
                is_allowed=hearing.is_allowed,
                why=hearing.why,
            )
        )
        return answer

    def _answer(self, request: Request, place: Place | None, hearing: Hearing) -> Answer:
        if place is None:
            return text(
                _MISDIRECTED, f"{hearing.entrance.name} does not answer for {request.host or 'no host'}"
            )
        if place.service == CHECK_IP:
            return text(_OK, request.client)
        if place.service == S3:
            return self._buckets.answer(request, place.bucket, hearing)
        if place.service == REGISTRY:
            return self._registry.answer(request, cast("str", place.account), hearing)
        return self._apis.answer(request, place.service, hearing)

    def _note(self, visit: Visit) -> None:
        with self._lock:
            self._visits.append(visit)
