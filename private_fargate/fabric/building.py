"""A network of namespaces, built from what was read of a deployed one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric import agents, namespaces
from private_fargate.fabric.authority import Authority
from private_fargate.fabric.directory import Inhabitant, find, inhabitants, short, urls
from private_fargate.fabric.doors import Certificates, Doors, Entrance
from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.linux import INTERNET, ROUTER, plan
from private_fargate.fabric.names import Resolver, zones_of
from private_fargate.fabric.nursery import Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.linux import Door, Space
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.workloads import Task

_AT_ONCE: Final = 4
_DNS: Final = 53
_HTTP: Final = 80
_HTTPS: Final = 443
_START_WITHIN: Final = 60.0  # seconds for all steps of a task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """What became of a task; `stopped` has the words of ECS."""

    name: str
    arn: str
    address: str
    running: bool
    stopped: str | None
    steps: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What there is.

    Attributes:
        places: those from which packets can be sent, by name, with their addresses.
        urls: where the services are, by name.
        namespaces: how many of Linux it takes.
        visits: who came to which door, and what became of it.
    """

    vpc_id: str
    places: Mapping[str, str]
    urls: Mapping[str, str]
    tasks: tuple[TaskStatus, ...]
    namespaces: int
    visits: tuple[Mapping[str, Any], ...]


class Fabric:
    """The namespaces of one network, with everything that listens and runs in them."""

    def __init__(self, session: Session, network: Network, folder: Path, *, patience: float) -> None:
        """Prepare it; nothing is made yet.

        Args:
            session: with the AWS where the network is; what is allowed through a door goes on to it.
            network: as it was read.
            folder: for files, which go away with the keeper.
            patience: seconds for which tasks wait for a connection.
        """
        if session.endpoint is None:
            message = (
                "the services behind the endpoints are those of an embedded AWS, and none is named: "
                "set AWS_ENDPOINT_URL, or run `build.py demo --keep` and do as it says"
            )
            raise FabricError(message)
        self.network = network
        self.plan = plan(network)
        self.people = inhabitants(network)
        self.account: str = session.client("sts").get_caller_identity()["Account"]
        certificates = Certificates(folder / "certificates")
        self.authority_file = certificates.authority_file
        self._authority = Authority(session, network)
        self.doors = Doors(session.endpoint, network.region, self.account, self._authority, certificates)
        self.resolver = Resolver(zones_of(network))
        self._around = agents.Surroundings(
            region=network.region,
            account=self.account,
            authority_file=certificates.authority_file,
            folder=folder,
            patience=patience,
            nursery=Nursery(),
        )
        self._agents: dict[str, agents.Agent] = {}

    def build(self, report: Callable[[str], None]) -> None:
        """Make the namespaces, and let everything listen that listens in them."""
        spaces = self.plan.spaces
        report(f"making {len(spaces)} network namespaces")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(_prepare, spaces))
        for space in spaces:  # in order: the router has the other ends of all links
            namespaces.configure(space.name, space.links)
        report("opening the doors of the endpoints")
        for door in self.plan.doors:
            self._open(door)
        if self.network.vpc.has_dns_support:
            for address in self.plan.resolver_addresses:
                udp = namespaces.receive(ROUTER, str(address), _DNS)
                tcp = namespaces.listen(ROUTER, str(address), _DNS)
                self.resolver.serve(udp, tcp)

    def _open(self, door: Door) -> None:
        endpoint = self.network.endpoints[door.endpoint_id] if door.endpoint_id else None
        name = _service(endpoint.service_name, self.network.region) if endpoint else INTERNET
        entrance = Entrance(name=name, endpoint=endpoint, vpc_id=self.network.vpc.id)
        self.doors.serve(namespaces.listen(door.space, str(door.address), _HTTPS), entrance)
        if endpoint is None:
            self.doors.serve_plain(namespaces.listen(door.space, str(door.address), _HTTP))

    def start_tasks(self, report: Callable[[str], None]) -> None:
        """Start the containers of all tasks through their own network; return when each runs or does not."""
        tasks = self.network.tasks
        report(f"starting {len(tasks)} task{'' if len(tasks) == 1 else 's'} through the network")
        self._agents = {arn: agents.start(task, self._authority, self._around) for arn, task in tasks.items()}
        for each in self._agents.values():
            each.settle(_START_WITHIN)
        self.resolver.replace(zones_of(self.network, without=self._stopped()))

    def _stopped(self) -> frozenset[str]:
        """Return the tasks that do not run, by the ID under which Cloud Map knows them."""
        return frozenset(short(arn) for arn, each in self._agents.items() if each.stopped)

    def probe(self) -> list[Mapping[str, Any]]:
        """Let every task try everything that it needs; return what each saw."""
        probes = [agents.probe(task, self._authority, self._around) for task in self.network.tasks.values()]
        for each in probes:
            each.settle(_START_WITHIN)
        return [
            {"task": each.task.arn, "service": each.task.service, "subnet": each.task.subnet_id, **event}
            for each in probes
            for event in each.events
            if event["event"] == "step"
        ]

    def find(self, name: str) -> Inhabitant:
        """Return whom a name means.

        Raises:
            FabricError: nobody; the text says who there is.
        """
        return find(name, self.people)

    def status(self) -> Status:
        """Return what there is."""
        return Status(
            vpc_id=self.network.vpc.id,
            places={each.name: str(each.address) for each in self.people.values()},
            urls=urls(self.network),
            tasks=tuple(self._task_status(task) for task in self.network.tasks.values()),
            namespaces=len(self.plan.spaces),
            visits=tuple(asdict(each) for each in self.doors.visits),
        )

    def _task_status(self, task: Task) -> TaskStatus:
        agent = self._agents.get(task.arn)
        person = self.people.get(short(task.arn))
        return TaskStatus(
            name=person.name if person else short(task.arn),
            arn=task.arn,
            address=str(person.address) if person else "",
            running=agent.running if agent else False,
            stopped=agent.stopped if agent else None,
            steps=tuple(each for each in agent.events if each["event"] == "step") if agent else (),
        )


def _service(name: str, region: str) -> str:
    """Return the short name of a service: `ecr.api` of `com.amazonaws.us-east-1.ecr.api`."""
    return name.partition(f".{region}.")[2] or name


def _prepare(space: Space) -> None:
    namespaces.make(space.name)
    namespaces.set_kernel(space.name, space.settings)
    if space.rules:
        namespaces.filter_by(space.name, space.rules)
