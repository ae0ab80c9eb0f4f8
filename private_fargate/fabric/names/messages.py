"""DNS messages, as they are on the wire."""

# dnslib has no types.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dnslib import CLASS, EDNS0, QTYPE, RCODE, RDMAP, RR, SOA, DNSError, DNSHeader, DNSRecord

if TYPE_CHECKING:
    from private_fargate.fabric.names.zones import Answer

_QUERY: Final = 0  # the only kind of message, of which a resolver must know more: RFC 1035
_PLAIN_ROOM: Final = 512  # bytes over UDP, without EDNS0: RFC 1035
_MOST_ROOM: Final = 1232  # what no link on the way breaks up

# Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
_PRIVATE_START: Final = ("ns-1536.awsdns-00.co.uk", "awsdns-hostmaster.amazon.com")
_PRIVATE_TIMES: Final = (1, 7200, 900, 1209600, 86400)
_PUBLIC_START: Final = ("a.root-servers.net", "nstld.verisign-grs.com")
_PUBLIC_TIMES: Final = (1, 1800, 900, 604800, 86400)
_START_LIFE: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question that came in.

    Attributes:
        type: `A`, `SRV`; `TYPE65280` for one without a name.
        room: bytes that an answer over UDP may have.
        problem: why it gets no answer, as DNS calls it: `NOTIMP`, `REFUSED`; None if it gets one.
    """

    name: str
    type: str
    room: int
    problem: str | None
    record: Any


def understood(packet: bytes) -> Query | None:
    """Return what a packet asks; None if it is no question."""
    try:
        record = DNSRecord.parse(packet)
    except (DNSError, ValueError):
        return None
    if record.header.qr or len(record.questions) != 1:
        return None
    problem = None
    if record.header.opcode != _QUERY:
        problem = "NOTIMP"
    elif record.q.qclass != CLASS.IN:
        problem = "REFUSED"
    return Query(
        name=str(record.q.qname).removesuffix("."),
        type=QTYPE.get(record.q.qtype),
        room=_room(record),
        problem=problem,
        record=record,
    )


def _room(record: DNSRecord) -> int:
    sizes = [each.rclass for each in record.ar if each.rtype == QTYPE.OPT]
    return max(_PLAIN_ROOM, min(sizes[0], _MOST_ROOM)) if sizes else _PLAIN_ROOM


def packed(query: Query, answer: Answer, *, over_udp: bool) -> bytes:
    """Return the message with an answer; one that has no room over UDP only says so, and TCP is next."""
    reply = _reply(query, _code(answer))
    for each in answer.records:
        rdata = RDMAP[each.type].fromZone(each.value.split())
        reply.add_answer(RR(query.record.q.qname, getattr(QTYPE, each.type), ttl=each.ttl, rdata=rdata))
    if not answer.records:
        reply.add_auth(_start(answer))
    whole = bytes(reply.pack())
    if not over_udp or len(whole) <= query.room:
        return whole
    short = _reply(query, _code(answer))
    short.header.tc = 1
    return bytes(short.pack())


def refused(query: Query, problem: str) -> bytes:
    """Return the message that says why there is no answer."""
    return bytes(_reply(query, problem).pack())


def _reply(query: Query, code: str) -> DNSRecord:
    asked = query.record.header
    header = DNSHeader(id=asked.id, qr=1, ra=1, rd=asked.rd, opcode=asked.opcode, rcode=getattr(RCODE, code))
    reply = DNSRecord(header, q=query.record.q)
    if any(each.rtype == QTYPE.OPT for each in query.record.ar):
        reply.add_ar(EDNS0(udp_len=_MOST_ROOM))
    return reply


def _code(answer: Answer) -> str:
    return "NOERROR" if answer.exists else "NXDOMAIN"


def _start(answer: Answer) -> RR:
    names, times = (_PRIVATE_START, _PRIVATE_TIMES) if answer.is_private else (_PUBLIC_START, _PUBLIC_TIMES)
    return RR(answer.zone, QTYPE.SOA, ttl=_START_LIFE, rdata=SOA(*names, times))
