"""What a single setting may say, and what to write where it does not.

Each check takes a value of the right type and returns it, or raises the mistake.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import get_close_matches
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, TypeVar

from pydantic_core import PydanticCustomError

from private_fargate.aws.endpoints import ENDPOINT_SERVICES
from private_fargate.aws.fargate import FARGATE_SIZES
from private_fargate.aws.retention import LOG_RETENTION_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MISTAKE = "setting"
EMPTY = "empty"
Sized = TypeVar("Sized", tuple[str, ...], dict[str, object])

_SMALLEST_VPC, _LARGEST_VPC = 23, 16  # prefix lengths; see kit/addresses.py
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_DURATION = re.compile(r"(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?")
_REPOSITORY = r"(?=.{2,200}$)[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
_MAX_VALUE = 4_000  # bytes of an environment variable: it travels as a parameter


def wrong(what: str, remedy: str, *, setting: str = "") -> PydanticCustomError:
    """Return the error of one setting.

    Args:
        what: what is wrong, with the value got.
        remedy: what to write instead.
        setting: which setting inside the value is meant, if not the value as a whole.
    """
    return PydanticCustomError(MISTAKE, "{what}", {"what": what, "remedy": remedy, "setting": setting})


def meant(given: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest of the known texts, or all of them."""
    choices = sorted(known)
    close = get_close_matches(given, choices, n=1)
    return f"did you mean {close[0]}?" if close else f"write one of {', '.join(choices)}"


def matching(pattern: str, what: str, remedy: str) -> Callable[[str], str]:
    """Return a check that a text has a form; `what` says what it is not."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            shown = f"{text[:60]}…" if len(text) > 60 else text or "an empty text"  # noqa: PLR2004
            raise wrong(f"{shown} is not {what}", remedy)
        return text

    return check


def between(low: int, high: int, unit: str = "") -> Callable[[int], int]:
    """Return a check that a number is in a range, both ends included."""

    def check(number: int) -> int:
        if not low <= number <= high:
            raise wrong(f"{number} is out of range", f"write {low} to {high}{unit and ' ' + unit}")
        return number

    return check


environment_name = matching(
    r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,31}",
    "a name",
    "write 2 to 32 lower-case letters, digits and single hyphens, a letter first",
)
label = matching(
    r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,47}",
    "a name",
    "write up to 48 lower-case letters, digits and single hyphens, a letter first",
)
variable = matching(
    r"(?!SERVICE_DISCOVERY_NAMESPACE_ID$)[A-Za-z_][A-Za-z0-9_]{0,127}",
    "the name of a variable of yours",
    "write letters, digits and underscores; SERVICE_DISCOVERY_NAMESPACE_ID is set already",
)
domain = matching(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    "a DNS name",
    "write labels of lower-case letters, digits and hyphens, separated by dots",
)
region = matching(r"[a-z]{2,4}(?:-[a-z]+)+-\d+", "a Region", "write one such as us-east-1")
image_uri = matching(
    r"(?!\w+://)[a-zA-Z0-9][\w.:/@-]*",
    "an image",
    "write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…, without https://",
)
repository = matching(
    _REPOSITORY, "a repository name", "write lower-case letters, digits and ._-/ between them"
)
digest = matching(r"sha256:[0-9a-f]{64}", "a digest", "write sha256: and 64 hexadecimal digits")
instance_type = matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type", "write one such as t3.micro")
absolute_path = matching(
    r"/[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*", "an absolute path", "write one such as /var/cache/nginx"
)
user = matching(r"\d{1,5}(?::\d{1,5})?", "a user", 'write "UID" or "UID:GID", in quotes')
parameter = matching(
    r"arn:[a-z-]+:ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+|/?[\w.-]+(?:/[\w.-]+)*",
    "an SSM parameter",
    "write its name or ARN; a secret of Secrets Manager is {secretsmanager: NAME}",
)
secret = matching(
    r"(?:arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]+(?::[^:]*){0,3}",
    "a secret of Secrets Manager",
    "write its name or ARN, and :JSON-KEY:STAGE:VERSION after it if needed",
)
tag_key = matching(
    r"(?!aws:)[\w .:/=+@-]{1,128}", "a tag", "write up to 128 characters, not starting with aws:"
)
tag_value = matching(
    r"[\w .:/=+@-]{0,256}", "the value of a tag", "write up to 256 letters, digits and .:/=+@-"
)

alarm = matching(
    r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}",
    "the ARN of a CloudWatch alarm",
    "write arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME",
)
topic = matching(
    r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}",
    "the ARN of an SNS topic",
    "write arn:aws:sns:REGION:ACCOUNT:NAME",
)
role = matching(
    r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]{1,512}",
    "the ARN of a role",
    "write arn:aws:iam::ACCOUNT:role/NAME",
)

account = matching(r"\d{12}", "an account", "write its twelve digits, in quotes")
unit = matching(
    r"(?:ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})",
    "an organizational unit",
    "write ou-…, or r-… for the root of the organization",
)
organization = matching(r"o-[a-z0-9]{10,32}", "an organization", "write its ID, o-…")
principal = matching(
    r"arn:[a-z-]+:iam::(?:\d{12})?:(?:role|user|group)/[\w+=,.@*?/-]{1,512}",
    "who may launch",
    "write arn:aws:iam::ACCOUNT:role/NAME, or arn:aws:iam:::role/NAME-* for roles of that name anywhere",
)
role_name = matching(r"[\w+=,.@-]{1,64}", "the name of a role", "write up to 64 letters, digits and +=,.@_-")
launch_role_name = matching(
    r"[\w+=,.@-]{1,48}",  # the name of a role has 64, and "-ap-southeast-99" comes behind this
    "the name of a role to which a Region is added",
    "write up to 48 letters, digits and +=,.@_-",
)
percentage = matching(
    r"(?:[1-9]?\d|100)%", "a number or a percentage", "write a number, or 0% to 100%, in quotes"
)
ipam_pool = matching(
    r"ipam-pool-[0-9a-f]{8,17}", "a pool of IPAM", "write its ID, ipam-pool-… (aws ec2 describe-ipam-pools)"
)
place = matching(
    r"\d{12}/[a-z]{2,4}(?:-[a-z]+)+-\d+",
    "an account and a Region",
    "write ACCOUNT/REGION, such as 111122223333/eu-west-1",
)
form_field = matching(
    r"[A-Za-z][A-Za-z0-9]{0,254}", "a field of a launch form", "write letters and digits, such as NginxCount"
)
stack_set = matching(
    r"arn:[a-z-]+:cloudformation:[a-z0-9-]+:\d{12}:stackset/[\w:-]+",
    "the ARN of a StackSet",
    "write arn:aws:cloudformation:REGION:ACCOUNT:stackset/NAME:ID",
)


def region_of(arn: str) -> str:
    """Return the Region that an ARN names; a role's is empty."""
    return arn.split(":")[3]


def at_most_in_a_region(most: int, what: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return a check that no Region has more ARNs than CloudFormation takes for one stack."""

    def check(arns: tuple[str, ...]) -> tuple[str, ...]:
        for region, number in Counter(map(region_of, arns)).items():
            if number > most:
                raise wrong(f"{number} {what} in {region} are too many", f"name {most} at most")
        return arns

    return check


def not_empty(values: Sized) -> Sized:
    """Check that there is at least one."""
    if not values:
        raise PydanticCustomError(EMPTY, "empty")
    return values


def variable_value(text: str) -> str:
    """Check that the value of a variable fits into a parameter."""
    if len(text.encode()) > _MAX_VALUE:
        raise wrong(
            f"the value has {len(text.encode()):,} bytes", f"write up to {_MAX_VALUE:,}, or use a secret"
        )
    return text


def retention(days: int) -> int:
    """Check a number of days against those that CloudWatch Logs knows."""
    if days not in LOG_RETENTION_DAYS:
        raise wrong(f"CloudWatch Logs cannot keep {days} days", f"write {nearest(days, LOG_RETENTION_DAYS)}")
    return days


def nearest(number: int, legal: Iterable[int]) -> int:
    """Return the legal number that is nearest, the larger of two."""
    return min(legal, key=lambda candidate: (abs(candidate - number), -candidate))


def size(cpu: int, memory: int) -> None:
    """Check that Fargate sells this pair of CPU units and MiB."""
    if cpu not in FARGATE_SIZES:
        remedy = f"write {nearest(cpu, FARGATE_SIZES)}, or another of {', '.join(map(str, FARGATE_SIZES))}"
        raise wrong(f"Fargate has no task of {cpu} CPU units", remedy, setting="cpu")
    legal = FARGATE_SIZES[cpu]
    if memory not in legal:
        what = f"{memory} MiB do not go with {cpu} CPU units"
        raise wrong(
            what,
            f"write {nearest(memory, legal)}, or another from {legal[0]} to {legal[-1]}",
            setting="memory",
        )


def vpc_range(text: str) -> str:
    """Check that a range is private and holds the subnets of six zones."""
    try:
        network = ip_network(text if "/" in text else "no range", strict=False)
    except ValueError:
        raise wrong(f"{text} is not a range of IPv4 addresses", "write one such as 10.0.0.0/16") from None
    if not isinstance(network, IPv4Network) or not any(network.subnet_of(block) for block in _PRIVATE):
        raise wrong(f"{text} is not private", "write a range of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if str(network) != text:
        raise wrong(f"{text} does not start at the beginning of its range", f"write {network}")
    if network.prefixlen > _SMALLEST_VPC:
        larger = network.supernet(new_prefix=_SMALLEST_VPC)
        what = f"{text} cannot hold the subnets of 6 zones"
        raise wrong(what, f"use a /{_SMALLEST_VPC} or larger, for example {larger}")
    if network.prefixlen < _LARGEST_VPC:
        inside = next(network.subnets(new_prefix=_LARGEST_VPC))
        raise wrong(f"{text} is larger than a VPC can be", f"use a /{_LARGEST_VPC}, for example {inside}")
    return text


def address_pool(text: str) -> str:
    """Check that a range is private, and large enough to deal ranges out of it."""
    try:
        network = ip_network(text if "/" in text else "no range")
    except ValueError:
        raise wrong(f"{text} is not a range of IPv4 addresses", "write one such as 10.64.0.0/12") from None
    if not isinstance(network, IPv4Network) or not any(network.subnet_of(block) for block in _PRIVATE):
        raise wrong(f"{text} is not private", "write a range of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return text


def endpoint(name: str) -> str:
    """Check that an endpoint service is known."""
    if name not in ENDPOINT_SERVICES:
        raise wrong(f"the endpoint service {name} is unknown", meant(name, ENDPOINT_SERVICES))
    return name


def zones(value: int | tuple[str, ...]) -> int | tuple[str, ...]:
    """Check a number of zones, or their names."""
    if isinstance(value, int):
        return between(2, 6, "zones")(value)
    if not 2 <= len(value) <= 6:  # noqa: PLR2004  # as above
        raise wrong(f"{len(value)} zones are named", "name 2 to 6")
    if len(set(value)) < len(value):
        raise wrong("a zone is named twice", "name each once")
    return value


def seconds(value: object) -> object:
    """Return a duration in seconds: a number, or a text as in Compose, such as 1m30s."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value)
    if not value or found is None:
        raise wrong(f"{value or 'an empty text'} is not a duration", "write seconds, or a text such as 1m30s")
    return int(found["minutes"] or 0) * 60 + int(found["seconds"] or 0)


def command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Check that a health check says how it is run."""
    if len(words) < 2 or words[0] not in {"CMD", "CMD-SHELL"}:  # noqa: PLR2004  # how, and what
        raise wrong(
            "the command does not say how it is run",
            'write [CMD-SHELL, "curl -f http://localhost/"] or [CMD, …]',
        )
    return words
