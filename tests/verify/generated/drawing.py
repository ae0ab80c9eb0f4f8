"""Correct systems, drawn from a seed: whatever is drawn, each task of it starts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from tests.verify.generated.drawn_access import acls, groups, policies, roles
from tests.verify.generated.plans import Plan
from tests.verify.generated.systems import (
    INTERNET,
    Balancer,
    Endpoint,
    Nat,
    Secret,
    Service,
    Subnet,
    System,
    Table,
    Target,
)

_NAMES: Final = ("Shop", "Mail", "Ledger")
_PORTS: Final = (80, 443, 3000, 8080)
_IMAGES: Final = ("public.ecr.aws/nginx/nginx:1.27", "ghcr.io/example/web:7", "nginx:1.27.3")
_SIZES: Final = ((256, 512), (512, 1024), (1024, 4096), (4096, 8192))
_REGIONS: Final = ("eu-west-1", "us-east-1", "ap-southeast-2")


def draw(seed: int) -> System:
    """Draw a correct system."""
    rng = random.Random(seed)  # noqa: S311 -- no secret: the same systems on every machine
    plan = _plan(rng)
    services = _services(rng, plan)
    neighbour = rng.random() < 0.3
    system = System(region=plan.region, block=plan.block, services=services, has_neighbour=neighbour)
    system = _data(rng, system)
    system = _network(plan, system)
    system = _endpoints(plan, system)
    system = groups(plan, system)
    system = roles(plan, system)
    system = policies(rng, system) if plan.policies else system
    return acls(system) if plan.acls else system


def _plan(rng: random.Random) -> Plan:
    optional = ("s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
    return Plan(
        region=rng.choice(_REGIONS),
        block=rng.choice(["10.0", "10.61", "172.20", "192.168"]) + ".0.0/16",
        zones=rng.randint(1, 3),
        egress=rng.choice(["none", "none", "none", "nat per zone", "one nat", "regional nat", "public"]),
        admits=rng.choice(["group", "group", "vpc", "subnets"]),
        tight=rng.random() < 0.5,
        acls=rng.random() < 0.3,
        policies=rng.random() < 0.4,
        managed=rng.random() < 0.5,
        one_group=rng.random() < 0.4,
        one_role=rng.random() < 0.4,
        one_table=rng.random() < 0.5,
        base_group=rng.random() < 0.25,
        door_zones=rng.randint(1, 3) if rng.random() < 0.3 else 3,
        beside=tuple(name for name in optional if rng.random() < 0.3),
    )


def _services(rng: random.Random, plan: Plan) -> tuple[Service, ...]:
    found: list[Service] = []
    for name in _NAMES[: rng.randint(1, 3)]:
        cpu, memory = rng.choice(_SIZES)
        can_exec = rng.random() < 0.3
        own = "TaskGroup" if plan.one_group else f"{name}Group"
        elsewhere = plan.egress != "none" and rng.random() < 0.2
        balanced = plan.zones > 1 and rng.random() < 0.4
        found.append(
            Service(
                name=name,
                subnets=plan.subnets(),
                groups=(own, "BaseGroup") if plan.base_group else (own,),
                execution_role="ExecutionRole" if plan.one_role else f"{name}ExecutionRole",
                task_role=f"{name}TaskRole" if can_exec or rng.random() < 0.3 else "",
                public_address=plan.egress == "public",
                port=rng.choice(_PORTS),
                image=rng.choice(_IMAGES) if elsewhere else "",
                cpu=cpu,
                memory=memory,
                secrets=(f"{name}Secret",) if rng.random() < 0.4 else (),
                parameters=(f"{name}Parameter",) if rng.random() < 0.3 else (),
                can_exec=can_exec,
                mounts=rng.random() < 0.25,
                connects=rng.random() < 0.25,
                discovered=rng.random() < 0.25,
                balancer=f"{name}Balancer" if balanced else "",
            )
        )
    return tuple(found)


def _data(rng: random.Random, system: System) -> System:
    under_key = rng.random() < 0.4
    names = [name for service in system.services for name in service.secrets]
    secrets = tuple(Secret(name=name, key="Key" if under_key else "") for name in names)
    can_exec = any(service.can_exec for service in system.services)
    session_key = "SessionKey" if can_exec and rng.random() < 0.4 else ""
    keys = ("Key",) if under_key and secrets else ()
    balancers = tuple(
        Balancer(
            name=service.balancer,
            internal=rng.random() < 0.5,
            subnets=(),
            groups=(f"{service.name}FrontGroup",),
        )
        for service in system.services
        if service.balancer
    )
    return replace(
        system,
        secrets=secrets,
        parameters=tuple(name for service in system.services for name in service.parameters),
        keys=(*keys, session_key) if session_key else keys,
        session_key=session_key,
        balancers=balancers,
    )


def _network(plan: Plan, system: System) -> System:
    zonal = {"nat per zone": plan.zones, "one nat": 1}.get(plan.egress, 0)
    open_balancers = any(not balancer.internal for balancer in system.balancers)
    has_public = zonal or plan.egress == "public" or open_balancers
    prefix = plan.block.removesuffix(".0.0/16")
    tables: list[Table] = []
    subnets: list[Subnet] = []
    nats = [Nat(name=f"Nat{zone + 1}", subnet=f"Public{zone + 1}") for zone in range(zonal)]
    if plan.egress == "regional nat":
        nats = [Nat(name="Nat")]
    if has_public:
        tables.append(Table(name="PublicTable", way=INTERNET))
        for zone in range(plan.zones):
            block = f"{prefix}.{zone}.0/24"
            subnets.append(Subnet(name=f"Public{zone + 1}", zone=zone, block=block, table="PublicTable"))
    if plan.egress != "public":
        ways = [nat.name for nat in nats] or [""]
        shared = plan.one_table and len(ways) == 1
        if shared:
            tables.append(Table(name="PrivateTable", way=ways[0]))
        for zone in range(plan.zones):
            table = "PrivateTable" if shared else f"PrivateTable{zone + 1}"
            if not shared:
                tables.append(Table(name=table, way=ways[zone % len(ways)]))
            block = f"{prefix}.{16 * (zone + 1)}.0/20"
            subnets.append(Subnet(name=f"Private{zone + 1}", zone=zone, block=block, table=table))
    balancers = tuple(
        replace(balancer, subnets=plan.subnets() if balancer.internal else plan.subnets("Public"))
        for balancer in system.balancers
    )
    return replace(
        system,
        subnets=tuple(subnets),
        tables=tuple(tables),
        nats=tuple(nats),
        balancers=balancers,
        has_internet=bool(has_public or nats),
    )


def _endpoints(plan: Plan, system: System) -> System:
    names = ["s3", "ecr.api", "ecr.dkr", "logs"]
    names += ["secretsmanager"] if system.secrets else []
    names += ["ssm"] if system.parameters else []
    names += ["ssmmessages"] if any(service.can_exec for service in system.services) else []
    names += ["kms"] if system.session_key else []
    names += ["ecs-agent"] if any(service.connects for service in system.services) else []
    if plan.egress != "none":
        names = [name for name in names if name in plan.beside]
    tables = tuple(table.name for table in system.tables if table.name.startswith(plan.place))
    endpoints: list[Endpoint] = []
    for name in names:
        title = "".join(word.title() for word in name.replace("-", ".").split(".")) + "Endpoint"
        if name == "s3":
            endpoints.append(Endpoint(name=title, service=name, tables=tables))
        else:
            endpoints.append(
                Endpoint(
                    name=title, service=name, subnets=plan.subnets()[: plan.door_zones], groups=("DoorGroup",)
                )
            )
    targets: tuple[Target, ...] = ()
    if any(service.mounts for service in system.services):
        names = list(plan.subnets())
        targets = tuple(Target(name=f"In{name}", subnet=name, groups=("FilesGroup",)) for name in names)
    return replace(system, endpoints=tuple(endpoints), targets=targets)
