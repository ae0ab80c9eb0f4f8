"""The shape of a service, and what is put into it: how settings become a template's arguments."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypedDict

from troposphere import Sub

from private_fargate.config.derived import INTERNET, calls_out
from private_fargate.config.models import RepositoryImage
from private_fargate.config.references import ecr_image, stored_secret
from private_fargate.kit import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.config.models import Environment, Service

PEER_PORT = 443  # of a private network whose entry in `allow_to` names no port


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A container health check; times in seconds."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True, kw_only=True)
class Config:
    """The shape of a service: what decides which resources and properties there are.

    Attributes:
        image: in a repository of ours, in another ECR repository, or in a registry that is not ECR.
        architecture: of the image.
        environment: names of the variables.
        parameters: names of the variables whose values are in SSM.
        secrets: names of the variables whose values are in Secrets Manager.
        peers: how many other services and private networks the tasks may connect to.
        internet: whether the tasks may call out to the internet by HTTPS.
        exec: whether people may run commands inside the tasks.
        writable: paths that stay writable while the rest of the file system is not;
            None leaves all of it writable.
        log_mode: whether the application waits for its log when CloudWatch Logs is slow.
        health_check: of the container.
        retain: whether the log outlives the service.
    """

    image: Literal["repository", "ecr", "registry"]
    architecture: Literal["X86_64", "ARM64"]
    environment: tuple[str, ...]
    parameters: tuple[str, ...]
    secrets: tuple[str, ...]
    peers: int
    internet: bool
    exec: bool
    writable: tuple[str, ...] | None
    log_mode: Literal["blocking", "non-blocking"]
    health_check: HealthCheck | None
    retain: bool

    @classmethod
    def of(cls, environment: Environment, name: str) -> Config:
        """Return the shape of one service of an environment."""
        settings = environment.services[name]
        stores = {key: stored_secret(value).store for key, value in settings.secrets.items()}
        check = settings.healthcheck
        return cls(
            image=_image_kind(settings.image),
            architecture="ARM64" if settings.platform == "linux/arm64" else "X86_64",
            environment=tuple(sorted(settings.environment)),
            parameters=tuple(sorted(key for key, store in stores.items() if store == "ssm")),
            secrets=tuple(sorted(key for key, store in stores.items() if store == "secretsmanager")),
            peers=len(_peers(environment, name)),
            internet=calls_out(environment, settings),
            exec=settings.exec,
            writable=tuple(sorted(settings.writable)) if settings.read_only else None,
            log_mode=settings.logging.mode,
            health_check=HealthCheck(**dict(check)) if check else None,
            retain=environment.deletion == "retain",
        )

    @property
    def slug(self) -> str:
        """A short digest, so that a shape keeps its file when others come and go."""
        return sha256(repr(self).encode()).hexdigest()[:6]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the service runs, what it runs, and how much of it."""

    service_name: kinds.ServiceName
    vpc_id: kinds.VpcId
    vpc_cidr: kinds.VpcCidr
    private_subnet_ids: kinds.PrivateSubnetIds
    client_security_group_id: kinds.EndpointClientSecurityGroupId
    namespace_id: kinds.NamespaceId
    cluster_name: kinds.ClusterName
    key_arn: kinds.KeyArn
    exec_log_group_arn: kinds.ExecLogGroupArn | None
    repository_uri: kinds.RepositoryUri | None
    repository_arn: kinds.RepositoryArn | None
    image_digest: kinds.ImageDigest | None
    image_uri: kinds.ImageUri | None
    image_repository_arn: kinds.ImageRepositoryArn | None
    container_port: kinds.ContainerPort
    container_user: kinds.ContainerUser | None
    task_cpu: kinds.TaskCpu
    task_memory: kinds.TaskMemory
    task_count: kinds.TaskCount
    log_retention: kinds.LogRetention
    peer_cidr: Mapping[str, kinds.PeerCidr]
    peer_port: Mapping[str, kinds.PeerPort]
    environment: Mapping[str, kinds.EnvironmentValue]
    value_from: Mapping[str, kinds.SecretReference]
    stored_arn: Mapping[str, kinds.SecretArn]


class Chosen(TypedDict):
    """The inputs that the settings decide and no other stack."""

    service_name: kinds.ServiceName
    image_uri: kinds.ImageUri | None
    image_repository_arn: kinds.ImageRepositoryArn | None
    container_port: kinds.ContainerPort
    container_user: kinds.ContainerUser | None
    task_cpu: kinds.TaskCpu
    task_memory: kinds.TaskMemory
    log_retention: kinds.LogRetention
    peer_cidr: Mapping[str, kinds.PeerCidr]
    peer_port: Mapping[str, kinds.PeerPort]
    environment: Mapping[str, kinds.EnvironmentValue]
    value_from: Mapping[str, kinds.SecretReference]
    stored_arn: Mapping[str, kinds.SecretArn]


def task_count(settings: Service) -> kinds.TaskCount:
    """Return the number of tasks that the settings say."""
    return kinds.TaskCount.given(settings.count)


def chosen(environment: Environment, name: str, vpc_cidr: kinds.VpcCidr) -> Chosen:
    """Return the inputs of one service that its settings decide.

    Args:
        environment: the environment.
        name: of the service.
        vpc_cidr: range of the VPC, in which the services are that it may connect to.
    """
    settings = environment.services[name]
    external = settings.image if isinstance(settings.image, str) else None
    ecr = ecr_image(external) if external else None
    numbers = secret_numbers(settings.secrets)
    secrets = {numbers[key]: stored_secret(value) for key, value in sorted(settings.secrets.items())}
    peers = _peers(environment, name)
    return Chosen(
        service_name=kinds.ServiceName.given(name),
        image_uri=kinds.ImageUri.given(external) if external else None,
        image_repository_arn=kinds.ImageRepositoryArn.given(_text(ecr.repository_arn)) if ecr else None,
        container_port=kinds.ContainerPort.given(settings.port),
        container_user=kinds.ContainerUser.given(settings.user) if settings.user else None,
        task_cpu=kinds.TaskCpu.given(settings.cpu),
        task_memory=kinds.TaskMemory.given(settings.memory),
        log_retention=kinds.LogRetention.given(settings.logging.retention),
        peer_cidr={
            number: kinds.PeerCidr.given(vpc_cidr.data if cidr is None else cidr)
            for number, (cidr, _) in peers.items()
        },
        peer_port={number: kinds.PeerPort.given(port) for number, (_, port) in peers.items()},
        environment={
            key: kinds.EnvironmentValue.given(value) for key, value in sorted(settings.environment.items())
        },
        value_from={
            key: kinds.SecretReference.given(_text(secret.value_from)) for key, secret in secrets.items()
        },
        stored_arn={key: kinds.SecretArn.given(_text(secret.arn)) for key, secret in secrets.items()},
    )


def secret_numbers(names: Iterable[str]) -> dict[str, str]:
    """Return a number for each variable that holds a secret, in alphabetical order.

    Parameters are called by number: one called after DB_PASSWORD would be taken for a password.
    """
    return {name: str(number) for number, name in enumerate(sorted(names), start=1)}


def _image_kind(image: str | RepositoryImage) -> Literal["repository", "ecr", "registry"]:
    if isinstance(image, RepositoryImage):
        return "repository"
    return "registry" if ecr_image(image) is None else "ecr"


def _peers(environment: Environment, name: str) -> dict[str, tuple[str | None, int]]:
    """Return range and port of each peer by its number, in the order of the settings; None is the VPC."""
    entries = [entry for entry in environment.services[name].allow_to if entry != INTERNET]
    return {str(number): _peer(environment, entry) for number, entry in enumerate(entries, start=1)}


def _peer(environment: Environment, entry: str) -> tuple[str | None, int]:
    if entry in environment.services:
        return None, environment.services[entry].port
    cidr, _, port = entry.partition(":")
    return cidr, int(port or PEER_PORT)


def _text(text: str) -> str | Sub:
    return Sub(text) if "${" in text else text
