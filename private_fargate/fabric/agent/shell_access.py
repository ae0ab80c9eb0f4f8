"""What ECS Exec needs: the calls of the agent of Systems Manager that ECS puts into each container.

A task runs without it; only `aws ecs execute-command` does not come in then.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.agent.calls import Calls, host_of
from private_fargate.fabric.agent.causes import Refused, Unreachable
from private_fargate.fabric.agent.secrets import region_of
from private_fargate.fabric.agent.signing import signed
from private_fargate.fabric.agent.steps import NO_KEYS
from private_fargate.fabric.agent.telling import StepFailed, step
from private_fargate.fabric.agent.web import Web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.agent.orders import Order

_CREATED: Final = 201
_UNDECIPHERABLE: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_NOT_CONNECTED: Final = (
    "TargetNotConnectedException: The execute command failed due to an internal error. Try again later."
)
"""What `aws ecs execute-command` says then; the task itself runs.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
"""


class ShellAccess:
    """The steps of ECS Exec, with the task's own role."""

    def __init__(self, order: Order) -> None:
        """Prepare them; nothing is asked yet."""
        self._order = order
        self._web = Web(order.authority_file, order.patience)
        self._calls = Calls(order.task_keys or NO_KEYS, order.authority_file, order.patience)

    def channel(self) -> None:
        """Open the control channel of ECS Exec, as the agent of Systems Manager in the task does.

        Source: agent/session/service/service.go of amazon-ssm-agent.
        """
        order = self._order
        host = host_of("ssmmessages", order.region)
        with step("exec", container="", subject="ssmmessages:CreateControlChannel", host=host):
            keys = order.task_keys
            if keys is None:
                raise StepFailed(order.task_refused or "", "the task has no role that it could have")
            cluster = order.cluster.rpartition("/")[2]
            path = f"/v1/control-channel/ecs%3A{cluster}_{order.task_id}_{order.task_id}-0"
            body = json.dumps({"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4())}).encode()
            headers = signed(
                keys,
                host=host,
                path=path.replace("%", "%25"),
                body=body,
                service="ssmmessages",
                region=order.region,
            )
            try:
                self._post(f"https://{host}{path}", headers, body)
            except Unreachable as cause:
                raise StepFailed(f'Post "https://{host}{path}": {cause}', _NOT_CONNECTED) from cause

    def key(self, key: str) -> None:
        """See whether the task may use the key by which the cluster encrypts ECS Exec."""
        region = region_of(key, self._order.region)
        host = host_of("kms", region)
        with step("exec key", container="", subject=key, host=host):
            if self._order.task_keys is None:
                raise StepFailed("", "the task has no role that it could have")
            try:
                self._calls.ask("kms", "decrypt", region, CiphertextBlob=b"none", KeyId=key)
            except Refused as cause:
                if (
                    cause.code not in _UNDECIPHERABLE
                ):  # that it is no ciphertext is said to whoever may decrypt
                    raise StepFailed(str(cause), _NOT_CONNECTED) from cause
            except Unreachable as cause:
                raise StepFailed(f'Post "https://{host}/": {cause}', _NOT_CONNECTED) from cause

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        with self._web.open("POST", url, headers, body) as reply:
            if reply.status != _CREATED:
                said = reply.content().decode(errors="replace").strip()
                raise StepFailed(f"{reply.line} {said}".strip(), _NOT_CONNECTED)
