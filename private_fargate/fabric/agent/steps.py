"""The steps before a container's first line, each by itself; what one found the next ones use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.aws.buckets import layer_bucket
from private_fargate.fabric.agent import words
from private_fargate.fabric.agent.calls import Calls, host_of
from private_fargate.fabric.agent.causes import Refused, Unreachable
from private_fargate.fabric.agent.references import Reference, reference
from private_fargate.fabric.agent.registry import Manifest, Registry, basic
from private_fargate.fabric.agent.secrets import (
    BadSecretError,
    region_of,
    secret_place,
    value_of,
)
from private_fargate.fabric.agent.telling import StepFailed, step
from private_fargate.fabric.agent.web import Web

if TYPE_CHECKING:
    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.parts.workloads import Container

_EXISTS: Final = "ResourceAlreadyExistsException"
NO_KEYS: Final = {"access_key": "", "secret_key": "", "session_token": ""}


class Steps:
    """What one task needs, step by step.

    Attributes:
        values: of secrets and parameters, by where they were.
        lines: of environment files, by their ARN.
        configurations: of the images, by the name of the container.
    """

    def __init__(self, order: Order) -> None:
        """Prepare them; nothing is asked yet."""
        self._order = order
        self.calls = Calls(order.keys or NO_KEYS, order.authority_file, order.patience)
        self._web = Web(order.authority_file, order.patience)
        self._tokens: dict[str, str] = {}
        self._manifests: dict[str, Manifest] = {}
        self._registries: dict[str, Registry] = {}
        self.values: dict[str, str] = {}
        self.lines: dict[str, str] = {}
        self.configurations: dict[str, dict[str, Any]] = {}

    @property
    def blobs(self) -> Path:
        """Where layers lie until they are unpacked."""
        return Path(self._order.folder, "blobs")

    def registry_auth(self, region: str) -> None:
        """Get the token for the registries of a region."""
        host = host_of("ecr", region)
        with step("registry auth", container="", subject=f"ecr:GetAuthorizationToken in {region}", host=host):
            self._need_role("ECR images")
            try:
                answer = self.calls.ask("ecr", "get_authorization_token", region)
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.registry_auth(host, cause)) from cause
            self._tokens[region] = answer["authorizationData"][0]["authorizationToken"]

    def private_auth(self, container: Container, secret: str) -> None:
        """Get what a registry that is not ECR wants to be told."""
        region = region_of(secret, self._order.region)
        host = host_of("secretsmanager", region)
        with step("registry auth", container=container.name, subject=secret, host=host):
            self._need_role("repository credentials")
            try:
                answer = self.calls.ask("secretsmanager", "get_secret_value", region, SecretId=secret)
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.private_auth(secret, host, cause)) from cause
            self._tokens[secret] = _credentials(answer.get("SecretString", ""), secret, host)

    def secret(self, container: Container, place: str) -> None:
        """Get a secret."""
        region = region_of(place, self._order.region)
        host = host_of("secretsmanager", region)
        with step("secrets", container=container.name, subject=place, host=host):
            self._need_role("secrets")
            try:
                wanted = secret_place(place, self._order.region)
                answer = self.calls.ask("secretsmanager", "get_secret_value", region, **wanted.arguments())
                self.values[place] = value_of(answer.get("SecretString", ""), wanted.key)
            except BadSecretError as error:
                raise StepFailed(words.secret_value(str(error))) from error
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.secret(place, host, cause)) from cause

    def parameters(self, region: str, names: tuple[str, ...]) -> None:
        """Get up to ten parameters."""
        host = host_of("ssm", region)
        with step("parameters", container="", subject=", ".join(names), host=host):
            self._need_role("secrets")
            try:
                answer = self.calls.ask(
                    "ssm", "get_parameters", region, Names=list(names), WithDecryption=True
                )
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.parameters(host, cause)) from cause
            found = {
                each[key]: each["Value"]
                for each in answer["Parameters"]
                for key in ("Name", "ARN")
                if key in each
            }
            if absent := [name for name in names if name not in found]:
                raise StepFailed(words.invalid_parameters(absent))
            self.values |= {name: found[name] for name in names}

    def environment_file(self, container: Container, arn: str) -> None:
        """Get a file with variables; where its bucket is, is asked first, as Fargate does."""
        bucket, _, key = arn.rpartition(":::")[2].partition("/")
        region = self._order.region
        service, host = host_of("s3", region), host_of("s3", region, bucket)
        with step("environment files", container=container.name, subject=arn, host=host):
            self._need_role("environment files")
            try:
                self.calls.ask("s3", "get_bucket_location", region, Bucket=bucket)
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.environment_file(service, cause)) from cause
            try:
                answer = self.calls.ask("s3", "get_object", region, bucket, Bucket=bucket, Key=key)
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.environment_file(host, cause)) from cause
            self.lines[arn] = answer["Body"].read().decode("utf-8", "replace")

    def log_stream(self, container: Container) -> None:
        """Make the log stream of a container, and its group if that is wanted."""
        options = container.log_options
        for option in ("awslogs-region", "awslogs-group", "awslogs-stream-prefix"):
            if not options.get(option):
                with step("log stream", container=container.name, subject="", host=""):
                    raise StepFailed(words.log_option(option))
        region, group = options["awslogs-region"], options["awslogs-group"]
        host, stream = host_of("logs", region), stream_of(container, self._order)
        with step("log stream", container=container.name, subject=f"{group} {stream}", host=host):
            self._need_role("log driver awslogs")
            if options.get("awslogs-create-group", "").lower() == "true":
                try:
                    self._create(region, "create_log_group", logGroupName=group)
                except (Refused, Unreachable) as cause:
                    raise StepFailed(words.log_group(host, cause)) from cause
            try:
                self._create(region, "create_log_stream", logGroupName=group, logStreamName=stream)
            except (Refused, Unreachable) as cause:
                raise StepFailed(words.log_stream(host, cause)) from cause

    def manifest(self, container: Container) -> None:
        """See what the image of a container consists of."""
        wanted = reference(container.image)
        with step("manifest", container=container.name, subject=wanted.full, host=wanted.host):
            if wanted.region and wanted.region not in self._tokens:
                raise StepFailed("", "no registry auth")
            self._manifests[container.image] = self._registry(container, wanted).manifest()

    def layers(self, container: Container, *, is_trial: bool = False) -> None:
        """Get the layers of a container's image; a trial sees whether each would come, and keeps none."""
        wanted = reference(container.image)
        host = layer_store(wanted) or wanted.host
        with step("layers", container=container.name, subject=wanted.full, host=host):
            manifest = self._manifests.get(container.image)
            if manifest is None:
                raise StepFailed("", "no manifest")
            registry = self._registry(container, wanted)
            self.configurations[container.name] = registry.configuration(manifest)
            self.blobs.mkdir(parents=True, exist_ok=True)
            for digest in dict.fromkeys(manifest.layers):
                if is_trial:
                    registry.touch(digest)
                elif not self.blob(digest).exists():
                    registry.fetch(digest, self.blob(digest))

    def layers_of(self, container: Container) -> tuple[str, ...]:
        """Return the digests of the layers that a container consists of, the lowest first."""
        return self._manifests[container.image].layers

    def blob(self, digest: str) -> Path:
        """Return the file of a layer."""
        return self.blobs / digest.replace(":", "-")

    def connection(self, name: str, host: str, subject: str) -> None:
        """See whether a host takes connections."""
        with step(name, container="", subject=subject, host=host):
            try:
                self._web.connects(host)
            except Unreachable as cause:
                words_ = f'Get "https://{host}/": {cause}'
                raise StepFailed(words_) from cause

    def _create(self, region: str, operation: str, **arguments: str) -> None:
        try:
            self.calls.ask("logs", operation, region, bucket=None, **arguments)
        except Refused as cause:
            if cause.code != _EXISTS:
                raise

    def _registry(self, container: Container, wanted: Reference) -> Registry:
        """Return the registry of a container's image, which knows what it was given once."""
        if container.name not in self._registries:
            known = self._tokens.get(wanted.region or container.registry_credentials or "")
            architecture = self._order.task.architecture
            self._registries[container.name] = Registry(
                self._web, wanted, basic=known, architecture=architecture
            )
        return self._registries[container.name]

    def _need_role(self, purpose: str) -> None:
        if self._order.keys is None:
            raise StepFailed(self._order.refused or words.no_execution_role(purpose))


def layer_store(wanted: Reference) -> str | None:
    """Return the host that has the layers of an image in ECR; None for other registries.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    if wanted.region is None:
        return None
    return host_of("s3", wanted.region, layer_bucket(wanted.region))


def stream_of(container: Container, order: Order) -> str:
    """Return the name of the log stream of a container.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    return f"{container.log_options['awslogs-stream-prefix']}/{container.name}/{order.task_id}"


def _credentials(text: str, secret: str, host: str) -> str:
    """Return what a secret says of a registry, which takes user and password."""
    try:
        said = json.loads(text)
        return basic(said["username"], said["password"])
    except (ValueError, KeyError, TypeError) as error:
        why = "asm fetching authorization data: unable to unmarshal secret value, invalid schema"
        raise StepFailed(words.private_auth(secret, host, Refused("Error", why))) from error
