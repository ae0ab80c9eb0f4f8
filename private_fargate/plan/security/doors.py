"""What opens a door by being there: keys of users, identity providers, members of groups, internet routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.plan.security.wording import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.model import SecurityChange
    from private_fargate.plan.security.sides import Pair, Sides

_OPENING: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::IAM::AccessKey": (
        "access key",
        "is a new key that works until somebody deletes it",
        "is a key that works no longer",
    ),
    "AWS::IAM::OIDCProvider": (
        "identity provider",
        "lets an identity provider vouch for people and programs",
        "no longer lets an identity provider vouch for anybody",
    ),
    "AWS::IAM::SAMLProvider": (
        "identity provider",
        "lets an identity provider vouch for people",
        "no longer lets an identity provider vouch for anybody",
    ),
    "AWS::SSO::Assignment": (
        "assignment",
        "gives a permission set to somebody",
        "takes a permission set away",
    ),
    "AWS::Lambda::Url": ("function URL", "makes a function callable by HTTPS", "takes a function's URL away"),
    "AWS::EC2::VPCPeeringConnection": ("peering", "joins two networks", "parts two networks"),
}
"""Type -> subject, what it means if it is new, and if it goes."""

_LISTS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "AWS::IAM::OIDCProvider": (("ClientIdList", "identity provider", "the client"),),
    "AWS::IAM::UserToGroupAddition": (("Users", "group", "the member"),),
}
"""Type -> the properties that list whom it lets in: name, subject, what one of them is."""

_REPLACED: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::IAM::OIDCProvider": ("Url", "ThumbprintList"),
    "AWS::IAM::SAMLProvider": ("SamlMetadataDocument", "AllowedClients"),
    "AWS::IAM::AccessKey": ("UserName", "Serial"),
    "AWS::IAM::UserToGroupAddition": ("GroupName",),
    "AWS::SSO::Assignment": ("PermissionSetArn", "PrincipalId", "TargetId"),
}
"""Type -> the properties whose change makes it a door of another sort."""

_INTERNET: Final = ("0.0.0.0/0", "::/0")


def door_changes(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what opens or closes by coming or going, and whom it newly lets in."""
    for pair in sides.pairs:
        teller = Teller(sides, pair.item)
        yield from _coming_or_going(teller, pair)
        yield from _listed(teller, pair)
        yield from _replaced(teller, pair)
        if pair.item.type == "AWS::EC2::Route":
            yield from _route(sides, pair)
        if pair.item.type == "AWS::IAM::User":
            yield from _login(teller, pair)


def _coming_or_going(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    found = _OPENING.get(pair.item.type)
    if found is None or (pair.before and pair.after):
        return
    subject, opens, closes = found
    if pair.before is None:
        yield teller.change(subject, "widened", opens)
    else:
        yield teller.change(subject, "narrowed", closes)


def _listed(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    for name, subject, what in _LISTS.get(pair.item.type, ()):
        was = pair.before.texts(name) if pair.before else ()
        will = pair.after.texts(name) if pair.after else ()
        gained, lost = [text for text in will if text not in was], [text for text in was if text not in will]
        if gained:
            yield teller.change(subject, "widened", f"newly lets in {what} {', '.join(gained)}", was, will)
        if lost:
            yield teller.change(subject, "narrowed", f"no longer lets in {what} {', '.join(lost)}", was, will)


def _replaced(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    if pair.before is None or pair.after is None:
        return
    for name in _REPLACED.get(pair.item.type, ()):
        was, will = pair.before.get(name), pair.after.get(name)
        if was != will:
            subject = (_OPENING.get(pair.item.type) or ("group",))[0]
            yield teller.change(subject, "changed", f"has another {name}", was, will)


def _login(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    """Yield that a user can sign in to the console with a password, or no longer."""
    was, will = (item.get("LoginProfile") if item else None for item in (pair.before, pair.after))
    if will is not None and was is None:
        yield teller.change("password", "widened", "can sign in to the console with a password")
    elif was is not None and will is None and pair.after is not None:
        yield teller.change("password", "narrowed", "can no longer sign in to the console with a password")


def _route(sides: Sides, pair: Pair) -> Iterator[SecurityChange]:
    """Yield that a network sends to the internet, and hears from it, or no longer."""
    was, will = _is_public(sides, pair, after=False), _is_public(sides, pair, after=True)
    teller = Teller(sides, pair.item)
    if will and not was:
        message = "joins its subnets to the internet, through an internet gateway"
        yield teller.change("public access", "widened", message)
    elif was and not will:
        yield teller.change("public access", "narrowed", "no longer joins its subnets to the internet")


def _is_public(sides: Sides, pair: Pair, *, after: bool) -> bool:
    item = pair.after if after else pair.before
    if item is None:
        return False
    anywhere = {item.get("DestinationCidrBlock"), item.get("DestinationIpv6CidrBlock")} & {*_INTERNET}
    gateway = str(item.get("GatewayId") or "")
    found = sides.find(gateway, after=after)
    is_gateway = gateway.startswith("igw-") or (
        found is not None and found.type == "AWS::EC2::InternetGateway"
    )
    return bool(anywhere) and is_gateway
