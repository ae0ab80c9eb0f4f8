"""What a system of private Fargate tasks consists of, apart from how anybody writes it down.

A system is a value.  Parts refer to each other by name.  It says what is there, as AWS would have it after
the deployment, so that one can be drawn, broken in one place, written as CloudFormation in many spellings, or
asked for the fate of a packet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

ANYWHERE: Final = "0.0.0.0/0"
S3_ADDRESSES: Final = "the addresses of S3"
"""The peer of a rule that is about the prefix list of S3."""

EVERYTHING: Final = "*"
LAYERS: Final = "image layers"
"""The resource of a statement that is about the bucket in which ECR keeps layers."""

INTERNET: Final = "InternetGateway"
HTTPS: Final = 443
NFS: Final = 2049


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet in the zone of a number from 0; an empty table or ACL is the VPC's own."""

    name: str
    zone: int
    block: str
    table: str = ""
    acl: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A route table; `way` is what its default route leads to: a gateway's name, or nothing."""

    name: str
    way: str = ""


@dataclass(frozen=True, kw_only=True)
class Nat:
    """A NAT gateway with a public address; one without a subnet is regional."""

    name: str
    subnet: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A TCP port, for a peer: a group's name, a block, or the addresses of S3."""

    peer: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """A security group; without `egress` it lets everything out."""

    name: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of an ACL that allows TCP."""

    egress: bool
    block: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Acl:
    """A network ACL."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a policy allows; resources are names of parts, `EVERYTHING` or `LAYERS`; principals are roles."""

    actions: tuple[str, ...]
    resources: tuple[str, ...] = (EVERYTHING,)
    principals: tuple[str, ...] = (EVERYTHING,)
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A VPC endpoint: of addresses in subnets, or a route in tables; without a policy it allows all."""

    name: str
    service: str
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    private_dns: bool = True
    tables: tuple[str, ...] = ()
    policy: tuple[Statement, ...] | None = None

    @property
    def is_gateway(self) -> bool:
        return not self.subnets


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role; `managed` is the AWS-managed policies that it has beside its statements."""

    name: str
    statements: tuple[Statement, ...] = ()
    managed: tuple[str, ...] = ()
    trusts: str = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret of Secrets Manager, maybe under a key of one's own."""

    name: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A mount target of the file system."""

    name: str
    subnet: str
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """An Application Load Balancer that listens on port 80."""

    name: str
    internal: bool
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service with one container that logs to CloudWatch; its image is in ECR if none is said."""

    name: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    execution_role: str
    task_role: str = ""
    public_address: bool = False
    port: int = 8080
    named_port: str = "web"
    image: str = ""
    cpu: int = 256
    memory: int = 512
    secrets: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    can_exec: bool = False
    mounts: bool = False
    connects: bool = False
    discovered: bool = False
    balancer: str = ""
    waits: bool = True

    @property
    def log(self) -> str:
        return f"{self.name}Log"


@dataclass(frozen=True, kw_only=True)
class System:
    """A VPC with all that its tasks need; a neighbour is another VPC with doors and a way out of its own."""

    region: str
    block: str
    dns_support: bool = True
    dns_hostnames: bool = True
    has_internet: bool = False
    is_attached: bool = True
    has_neighbour: bool = False
    subnets: tuple[Subnet, ...] = ()
    tables: tuple[Table, ...] = ()
    nats: tuple[Nat, ...] = ()
    acls: tuple[Acl, ...] = ()
    groups: tuple[Group, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    roles: tuple[Role, ...] = ()
    keys: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    parameters: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    session_key: str = ""
    services: tuple[Service, ...] = ()


Part: TypeAlias = Subnet | Table | Nat | Acl | Group | Endpoint | Role | Secret | Target | Balancer | Service

_FIELDS: Final = (
    "subnets",
    "tables",
    "nats",
    "acls",
    "groups",
    "endpoints",
    "roles",
    "secrets",
    "targets",
    "balancers",
    "services",
)


def parts(system: System) -> Iterator[Part]:
    """Give all parts that have fields of their own."""
    for field in _FIELDS:
        yield from getattr(system, field)


def part(system: System, name: str) -> Any:
    """Give the part of a name."""
    return next(found for found in parts(system) if found.name == name)


def without(system: System, name: str) -> System:
    """Take one part out of a system."""
    fields = {field: tuple(p for p in getattr(system, field) if p.name != name) for field in _FIELDS}
    return replace(system, **fields)


def changed(system: System, name: str, **changes: Any) -> System:
    """Change one part of a system."""

    def new(old: Part) -> Part:
        return replace(old, **changes) if old.name == name else old

    return replace(system, **{field: tuple(map(new, getattr(system, field))) for field in _FIELDS})
