"""The sizes a Fargate task can have, and the platform it runs on.

Fargate sells CPU and memory in pairs.  A pair that is not in this table passes CloudFormation's
own validation and is refused by ECS at the end of the deployment: "No Fargate configuration
exists for given values".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_GIB = 1024  # MiB


def _gib(first: int, last: int, step: int = 1) -> tuple[int, ...]:
    """Return the sizes from `first` to `last` GiB, both included, in MiB."""
    return tuple(range(first * _GIB, last * _GIB + 1, step * _GIB))


FARGATE_SIZES: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: _gib(1, 4),
        1024: _gib(2, 8),
        2048: _gib(4, 16),
        4096: _gib(8, 30),
        8192: _gib(16, 60, step=4),
        16384: _gib(32, 120, step=8),
        32768: (60 * _GIB, 120 * _GIB, 244 * _GIB),
    }
)
"""CPU units (1024 to the vCPU) -> the amounts of memory that may go with them, in MiB, rising.

Source: AmazonECS/latest/developerguide/task-cpu-memory-error.html up to 16384 CPU units; the row of
32768 is rule E3047 of cfn-lint 1.58 (aws_ecs_taskdefinition/fargate_cpu_memory.json), not read at AWS.
The rows from 8192 up need Linux and platform version 1.4.0.
"""

PLATFORM_VERSION: Final = "1.4.0"
"""The platform version of Linux tasks to ask for: what LATEST has meant since 2021-03.

Naming it keeps a deployment of tomorrow what it is today.  The facts about endpoints in this
package hold from this version on: an image pull goes through the task's own network interface.
Source: AmazonECS/latest/developerguide/platform-linux-fargate.html
"""
