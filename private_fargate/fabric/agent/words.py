"""What ECS writes into `stoppedReason` when a task does not start.

The retries that the words count are those of AWS.  Here everything is tried once, because a network that is
built of rules does not change by waiting.

Source: https://docs.aws.amazon.com/AmazonECS/latest/userguide/stopped-task-error-codes.html for beginnings.
What people showed in public of their own tasks is named at each function.  Where a function says that words
are ours, nobody was found to have shown any.
"""

from __future__ import annotations

from private_fargate.fabric.agent.causes import Refused, Unreachable

TASK_FAILED = "TaskFailedToStart"
EXITED = "EssentialContainerExited"
STOPPED = "UserInitiated"
REPLACED = "ServiceSchedulerInitiated"
"""Codes. Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html, stopCode."""

ESSENTIAL_EXITED = "Essential container in task exited"
BY_USER = "Task stopped by user"
UNHEALTHY = "Task failed container health checks"

_INITIALIZING = "ResourceInitializationError:"
_AUTH = f"{_INITIALIZING} unable to pull secrets or registry auth: execution resource retrieval failed: "
_CHECK_NETWORK = ". Please check your task network configuration."
_CANCELLED = "RequestCanceled: request context canceled caused by: context deadline exceeded"

Cause = Refused | Unreachable


def no_execution_role(purpose: str) -> str:
    """Return what ECS says when something needs the execution role, and there is none.

    AWS refuses such a task definition with these words, so that no task comes so far.
    """
    return f"Fargate requires task definition to have execution role ARN to support {purpose}."


def registry_auth(host: str, cause: Cause) -> str:
    """Return why there is no token for ECR.

    Source: https://github.com/doctorray117/minecraft-ondemand/issues/74
    """
    retried = f"{_AUTH}unable to retrieve ecr registry auth: service call has been retried"
    if isinstance(cause, Refused):
        return f"{retried} 1 time(s): {cause}"
    return f"{retried} 3 time(s): {_sent(host, cause)}{_CHECK_NETWORK}"


def private_auth(secret: str, host: str, cause: Cause) -> str:
    """Return why there are no credentials for a registry that is not ECR.

    Source: https://github.com/aws-samples/keycloak-on-aws/issues/222
    """
    retried = f"{_AUTH}unable to get registry auth from asm: service call has been retried"
    about = f"asm fetching secret from the service for {secret}"
    if isinstance(cause, Refused):
        return f"{retried} 1 time(s): {about}: {cause}"
    return f"{retried} 5 time(s): {about}: {_late_or_sent(host, cause)}{_CHECK_NETWORK}"


def secret(arn: str, host: str, cause: Cause) -> str:
    """Return why a secret could not be had.

    Source: https://github.com/GiamPy5/terraform-aws-directus/issues/10
    """
    retried = f"{_AUTH}unable to retrieve secret from asm: service call has been retried"
    about = f"failed to fetch secret {arn} from secrets manager"
    if isinstance(cause, Refused):
        return f"{retried} 1 time(s): {about}: {cause}"
    return f"{retried} 5 time(s): {about}: {_late_or_sent(host, cause)}{_CHECK_NETWORK}"


def secret_value(words: str) -> str:
    """Return why a secret that could be had is of no use.

    Source: https://github.com/rileydakota/valheim-ecs-fargate-cdk/issues/9, and for the
    words amazon-ecs-agent, agent/asm/asm.go.
    """
    return f"{_AUTH}unable to retrieve secret from asm: service call has been retried 1 time(s): {words}"


def parameters(host: str, cause: Cause) -> str:
    """Return why parameters could not be had.

    Source: https://github.com/aws/copilot-cli/issues/4504 for a refusal, and for silence
    https://github.com/umotif-public/terraform-aws-ecs-fargate/issues/50
    """
    retried = f"{_AUTH}unable to retrieve secrets from ssm: service call has been retried"
    if isinstance(cause, Refused):
        return f"{retried} 1 time(s): {cause}"
    return f"{retried} 5 time(s): {_late_or_sent(host, cause)}{_CHECK_NETWORK}"


def invalid_parameters(names: list[str]) -> str:
    """Return what is said of parameters that are not there."""
    listed = ",".join(names)
    return (
        f"{_AUTH}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
        f"invalid ssm parameters: {listed}"
    )


def environment_file(host: str, cause: Cause) -> str:
    """Return why a file of variables could not be had.

    Source: https://github.com/aws/aws-cdk/issues/12720
    """
    if isinstance(cause, Unreachable):
        why = _late_or_sent(host, cause, verb="Get")
        return (
            "ResourceInitializationError: failed to download env files: file download command: "
            f"non-empty error stream: {why}"
        )
    return (
        "ResourceInitializationError: failed to download env files: "
        f"service call has been retried 1 time(s): {cause}"
    )


def log_group(host: str, cause: Cause) -> str:
    """Return why a log group could not be made; the words are ours, after those of the stream."""
    return _logger(f"failed to create Cloudwatch log group: {_sent_or_refused(host, cause)}", cause)


def log_stream(host: str, cause: Cause) -> str:
    """Return why a log stream could not be made.

    Source: https://github.com/civiform/civiform/issues/7648 for silence, and for a refusal
    https://github.com/doctorray117/minecraft-ondemand/issues/12
    """
    return _logger(f"failed to create Cloudwatch log stream: {_sent_or_refused(host, cause)}", cause)


def log_option(option: str) -> str:
    """Return what is said when an option of the log driver is missing."""
    return (
        "ResourceInitializationError: failed to validate logger args: "
        f"unable to get awslogs driver arguments: {option} is required"
    )


def no_manifest(image: str, url: str, cause: Unreachable) -> str:
    """Return why nothing is known of an image.

    Source: https://github.com/deepfence/terraform-aws-cloud-scanner/issues/13
    """
    return _resolving(image, 5, f'failed to do request: Head "{url}": {cause}')


def manifest_refused(image: str, url: str, status: str) -> str:
    """Return what a registry said instead of a manifest.

    Args:
        image: as the task definition writes it.
        url: that was asked for.
        status: `403 Forbidden`, `404 Not Found`.

    Source: https://github.com/aws-samples/bedrock-access-gateway/issues/114; for 401 containerd,
    core/remotes/docker/resolver.go.
    """
    if status.startswith("404"):
        return _resolving(image, 7, "not found")
    if status.startswith("401"):
        why = "pull access denied, repository does not exist or may require authorization"
        return _resolving(image, 1, f"{why}: authorization failed: no basic auth credentials")
    return _resolving(image, 1, f"unexpected status from HEAD request to {url}: {status}")


def other_platform(platform: str) -> str:
    """Return what is said of an image for other processors only.

    Source: https://github.com/aviswerdlow/relay/issues/71
    """
    return (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
        f"image Manifest does not contain descriptor matching platform '{platform}'"
    )


def no_layer(url: str, cause: Unreachable) -> str:
    """Return why a layer did not come; what signs its URL is left out.

    Source: https://github.com/aws/aws-xray-daemon/issues/146 for the beginning, and containerd,
    core/remotes/docker/fetcher.go.
    """
    return _copying(5, f'failed to do request: Get "{url.partition("?")[0]}": {cause}')


def layer_refused(url: str, status: str) -> str:
    """Return what was said instead of a layer.

    Source: https://zenn.dev/carenet/articles/5db608fea5ca51
    """
    return _copying(1, f"unexpected status code {url.partition('?')[0]}: {status}")


def other_digest(found: str, expected: str) -> str:
    """Return what is said of content that is not what its digest says.

    Source: https://github.com/aws/containers-roadmap/issues/1302
    """
    return (
        f"CannotPullContainerError: ref pull has been retried 1 time(s): failed commit on ref: "
        f"unexpected commit digest {found}, expected {expected}: failed precondition"
    )


def not_unpacked(digest: str, why: str) -> str:
    """Return why a layer could not be unpacked.

    Source: https://github.com/aws/aws-cdk/issues/30258
    """
    return (
        "CannotPullContainerError: ref pull has been retried 1 time(s): "
        f"failed to unpack image on snapshotter overlayfs: failed to extract layer {digest}: {why}"
    )


def not_started(why: str) -> str:
    """Return why a container did not start.

    Source: https://github.com/jenkinsci/amazon-ecs-plugin/issues/258
    """
    return (
        "CannotStartContainerError: ResourceInitializationError: "
        "failed to create new container runtime task: failed to create shim task: OCI runtime create failed: "
        f"runc create failed: unable to start container process: {why}: unknown"
    )


def never_started(container: str, other: str, condition: str) -> str:
    """Return why a container was not begun at all; the words are ours."""
    return f"Container {container} could not start: dependency {other} did not become {condition}"


def _logger(why: str, cause: Cause) -> str:
    prefix = "ResourceInitializationError: failed to validate logger args: "
    if isinstance(cause, Unreachable) and cause.is_timeout:
        return (
            f"{prefix}The task cannot find the Amazon CloudWatch log group defined in the task definition. "
            "There is a connection issue between the task and Amazon CloudWatch. "
            "Check your network configuration. : signal: killed"
        )
    return f"{prefix}create stream has been retried 1 times: {why} : exit status 1"


def _resolving(image: str, times: int, why: str) -> str:
    return (
        f"CannotPullContainerError: pull image manifest has been retried {times} time(s): "
        f"failed to resolve ref {image}: {why}"
    )


def _copying(times: int, why: str) -> str:
    return (
        f"CannotPullContainerError: ref pull has been retried {times} time(s): "
        f"failed to copy: httpReadSeeker: failed open: {why}"
    )


def _sent_or_refused(host: str, cause: Cause) -> str:
    return str(cause) if isinstance(cause, Refused) else _sent(host, cause)


def _late_or_sent(host: str, cause: Unreachable, verb: str = "Post") -> str:
    return _CANCELLED if cause.is_timeout else _sent(host, cause, verb)


def _sent(host: str, cause: Unreachable, verb: str = "Post") -> str:
    return f'RequestError: send request failed caused by: {verb} "https://{host}/": {cause}'
