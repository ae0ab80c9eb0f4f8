"""The system as a team launches it: the same stacks as the parent's, and a form for what a team chooses.

Whoever fills it in sees this template and nothing else, perhaps without any labels.  So each field says by
itself what it is for, takes only what works, and has a default that does.  What only works together is in the
rules, which CloudFormation checks before it makes anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from troposphere import Equals, Not, Or

from private_fargate.aws.fargate import FARGATE_SIZES
from private_fargate.aws.retention import LOG_RETENTION_DAYS
from private_fargate.config.derived import boundary_name, product_name, zone_count
from private_fargate.config.rules import MAX_LAUNCHABLE
from private_fargate.kit import kinds
from private_fargate.kit.addresses import MASKS, vpc_pattern
from private_fargate.kit.form import Form
from private_fargate.kit.naming import logical_id
from private_fargate.kit.scope import Library, Scope
from private_fargate.kit.zones import LEAST
from stacks import jump_host, parent, services

if TYPE_CHECKING:
    from private_fargate.config.models import Environment, Service
    from private_fargate.kit.form import ServiceForm
    from private_fargate.kit.wires import Wire


def render(environment: Environment, *, bounded: bool = True) -> dict[str, bytes]:
    """Return the templates of a product by file name; `parent.json` has the form, and nests the others.

    Args:
        environment: whose system it is.
        bounded: whether each role has the boundary of the product, if there is one.  It is there where teams
            launch; what StackSets rolls out must not depend on it.

    Raises:
        ValueError: the environment has more services than a form has room for.
    """
    library = Library(boundary=boundary_name(environment) if bounded else None)
    scope = Scope(f"{product_name(environment)}: Fargate services in private subnets", library)
    build(scope, environment)
    scope.finish_form()
    library.add("parent.json", scope)
    return library.templates


def build(scope: Scope, environment: Environment) -> None:
    """Private Fargate: the system of the settings, with the values that a team chooses."""
    if len(environment.services) > MAX_LAUNCHABLE:
        message = (
            f"{environment.name}: {len(environment.services)} services are too many for a launch form; "
            f"offer up to {MAX_LAUNCHABLE} in one product"
        )
        raise ValueError(message)
    form = ask(scope, environment)
    scope.library.tags = {"Environment": form.name, **environment.tags}
    parent.build(scope, environment, form)


def ask(scope: Scope, environment: Environment) -> Form:
    """Ask for all that a team chooses; the settings give the defaults."""
    name, cidr, zones = _name(scope, environment), _vpc_cidr(scope, environment), _zones(scope, environment)
    prefix_list = parent.ask_prefix_list(scope)
    host = _jump_host(scope, environment)
    image = jump_host.ask_image(scope, environment)
    asked = {name: _service(scope, name, settings) for name, settings in environment.services.items()}
    return Form(
        name=name,
        vpc_cidr=cidr,
        zone_count=zones,
        with_jump_host=host,
        s3_prefix_list_id=prefix_list,
        jump_host_image=image,
        services=asked,
    )


def _name(scope: Scope, environment: Environment) -> kinds.SystemName:
    return scope.ask(
        "System",
        "Name",
        "Name",
        kinds.SystemName,
        Default=environment.name,
        Description=(
            "Name of the system. Its tags and its image repositories carry it, so no other system of this "
            "account and Region can have the same. It cannot be changed later without losing the images."
        ),
        AllowedPattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        MinLength=2,
        MaxLength=32,
        ConstraintDescription="must be 2 to 32 lower-case letters, digits and single hyphens, a letter first",
    )


def _vpc_cidr(scope: Scope, environment: Environment) -> kinds.VpcCidr:
    return scope.ask(
        "Network",
        "VpcCidr",
        "Address range of the VPC",
        kinds.VpcCidr,
        Default=environment.network.cidr,
        Description=(
            f"Private range of the VPC, /{MASKS[0]} to /{MASKS[-1]}, such as 10.0.0.0/16. Networks that "
            "are to be joined one day need different ones. Another range later is another VPC, and all anew."
        ),
        AllowedPattern=vpc_pattern(),
        ConstraintDescription=(
            f"must be a range of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, /{MASKS[0]} to "
            f"/{MASKS[-1]}, that starts at its first address: 10.0.2.0/23 and not 10.0.3.0/23"
        ),
    )


def _zones(scope: Scope, environment: Environment) -> kinds.ZoneCount | None:
    """Ask for the number of zones; with the fewest that there can be, there is nothing to ask."""
    most = zone_count(environment)
    if most == LEAST:
        return None
    return scope.ask(
        "Network",
        "ZoneCount",
        "Number of Availability Zones",
        kinds.ZoneCount,
        Default=str(most),
        Description=(
            f"Number of Availability Zones over which the tasks are spread, {LEAST} to {most}. More zones "
            "cost more, for endpoints and NAT gateways. One can be added at any time, and moves nothing."
        ),
        AllowedValues=[str(number) for number in range(LEAST, most + 1)],
        ConstraintDescription=f"must be {LEAST} to {most}",
    )


def _jump_host(scope: Scope, environment: Environment) -> kinds.JumpHostChoice | None:
    if environment.jump_host == "none":
        return None
    return scope.ask(
        "Jump host",
        "WithJumpHost",  # the stack itself is JumpHost
        "Jump host",
        kinds.JumpHostChoice,
        Default="yes",
        Description=(
            "Whether there is a small EC2 instance inside the VPC, reached through Session Manager, from "
            "which the services can be tried: yes or no. It can be added and removed at any time."
        ),
    )


def _service(scope: Scope, name: str, settings: Service) -> ServiceForm:
    group, title = f"Service {name}", logical_id(name)
    asked = services.ask_one(scope, name, settings, of=f" of {name}")
    cpu = scope.ask(
        group,
        f"{title}Cpu",
        "CPU units of a task",
        kinds.TaskCpu,
        Default=settings.cpu,
        Description=f"CPU units of a task of {name}; 1024 are one vCPU. {title}Memory has to go with it.",
        AllowedValues=list(FARGATE_SIZES),
        ConstraintDescription=f"must be one of {_listed(list(FARGATE_SIZES))}",
    )
    memory = scope.ask(
        group,
        f"{title}Memory",
        "Memory of a task in MiB",
        kinds.TaskMemory,
        Default=settings.memory,
        Description=f"Memory of a task of {name} in MiB; 1024 are one GiB. {title}Cpu says which are sold.",
        AllowedValues=sorted({size for sizes in FARGATE_SIZES.values() for size in sizes}),
        ConstraintDescription="must be a number of MiB that Fargate sells, such as 512, 1024, 2048 or 4096",
    )
    scope.template.add_rule(f"{title}SizeIsSold", {"Assertions": _sizes(title, cpu, memory)})
    retention = scope.ask(
        group,
        f"{title}LogRetention",
        "Days for which the log is kept",
        kinds.LogRetention,
        Default=settings.logging.retention,
        Description=f"Days for which CloudWatch Logs keeps what {name} writes to its log.",
        AllowedValues=list(LOG_RETENTION_DAYS),
        ConstraintDescription=f"must be one of {_listed(list(LOG_RETENTION_DAYS))}",
    )
    return replace(asked, task_cpu=cpu, task_memory=memory, log_retention=retention)


def _sizes(title: str, cpu: Wire, memory: Wire) -> list[dict[str, object]]:
    """Return an assertion for each number of CPU units: only some amounts of memory are sold with it."""
    return [
        {
            "Assert": Or(
                Not(Equals(cpu, str(units))), {"Fn::Contains": [[str(size) for size in sizes], memory]}
            ),
            "AssertDescription": (f"With {title}Cpu {units}, {title}Memory must be {_listed(sizes)} MiB"),
        }
        for units, sizes in FARGATE_SIZES.items()
    ]


def _listed(numbers: list[int] | tuple[int, ...]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"
