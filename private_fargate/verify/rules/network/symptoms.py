"""What a task says when it cannot reach ECR, and when it cannot reach the bucket of the image layers."""

from __future__ import annotations

from typing import Final

NO_CONNECTION: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry "
    "auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
    "network configuration."
)

NO_LAYERS: Final = (
    "CannotPullContainerError: … Get "
    "https://prod-<region>-starport-layer-bucket.s3.<region>.amazonaws.com/…: dial tcp: i/o timeout"
)
