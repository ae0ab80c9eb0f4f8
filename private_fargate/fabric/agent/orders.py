"""The order of an agent: what it is told about one task."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from private_fargate.fabric.parts.workloads import (
    Container,
    Dependency,
    HealthCheck,
    Mount,
    Port,
    Task,
    Tmpfs,
    Volume,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do.

    Attributes:
        mode: `run` or `probe`.
        keys: of the execution role; None if the task has none.
        refused: why ECS could not take the execution role; None if it could.
        task_keys: of the task role; None if there is none, or ECS could not take it.
        authority_file: whose certificates are believed.
        folder: for the task alone.
        patience: seconds to wait for a connection.
        exec_key: the KMS key by which the cluster encrypts ECS Exec; None if it does not.
    """

    mode: Literal["run", "probe"]
    region: str
    account: str
    cluster: str
    task: Task
    keys: Mapping[str, str] | None
    refused: str | None
    task_keys: Mapping[str, str] | None
    task_refused: str | None
    authority_file: str
    folder: str
    patience: float
    exec_key: str | None

    @property
    def task_id(self) -> str:
        """The last part of the task's ARN."""
        return self.task.arn.rpartition("/")[2]


def read_order(line: str) -> Order:
    """Return what a line of JSON says."""
    said: dict[str, Any] = json.loads(line)
    keys, refused = _keys(said.get("credentials"))
    task_keys, task_refused = _keys(said.get("task_credentials"))
    return Order(
        mode=said["mode"],
        region=said["region"],
        account=said["account"],
        cluster=said.get("cluster", ""),
        task=_task(said["task"]),
        keys=keys,
        refused=refused,
        task_keys=task_keys,
        task_refused=task_refused,
        authority_file=said["ca"],
        folder=said["folder"],
        patience=said.get("patience", 3.0),
        exec_key=said.get("exec_key"),
    )


def _keys(said: Mapping[str, str] | None) -> tuple[Mapping[str, str] | None, str | None]:
    if said is None:
        return None, None
    return (None, said["refused"]) if "refused" in said else (said, None)


def _task(said: Mapping[str, Any]) -> Task:
    return _made(
        Task,
        said,
        containers=tuple(_container(each) for each in said["containers"]),
        volumes=tuple(_made(Volume, each) for each in said.get("volumes", ())),
    )


def _container(said: Mapping[str, Any]) -> Container:
    check = said.get("health_check")
    return _made(
        Container,
        said,
        ports=tuple(_made(Port, each) for each in said.get("ports", ())),
        mounts=tuple(_made(Mount, each) for each in said.get("mounts", ())),
        tmpfs=tuple(_made(Tmpfs, each) for each in said.get("tmpfs", ())),
        depends_on=tuple(_made(Dependency, each) for each in said.get("depends_on", ())),
        health_check=_made(HealthCheck, check) if check else None,
    )


def _made(kind: type[_T], said: Mapping[str, Any], **built: object) -> _T:
    """Return a value of a class, with tuples where JSON has lists and without what the class lacks."""
    names = {each.name for each in fields(cast("Any", kind))}
    plain: dict[str, Any] = {
        name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        for name, value in said.items()
        if name in names
    }
    return kind(**(plain | built))
