"""Single faults: what breaks a system in one place, which rules have to say so, and whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verify.generated import access_faults, network_faults

if TYPE_CHECKING:
    from tests.verify.generated.breaking import Fault
    from tests.verify.generated.systems import System


def faults(system: System) -> list[Fault]:
    """Give each single fault that this system can have."""
    return [*network_faults.faults(system), *access_faults.faults(system)]
