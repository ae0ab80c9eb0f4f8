"""Which account, region and stack a command is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.errors import UserError

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which account, region and stack a command is about; what is None follows from the settings."""

    region: str | None = None
    profile: str | None = None
    stack: str | None = None
    role: str | None = None

    def session(self, environment: Environment) -> Session:
        """Return the session: in the first region of the settings, if none is named.

        Raises:
            UserError: the region is none of the environment's, for which its templates were proven.
        """
        from private_fargate.deploy.session import connect  # noqa: PLC0415 -- boto3

        region = self.region or environment.regions[0]
        if region not in environment.regions:
            message = (
                f"--region: {region} is none of the Regions of {environment.name} "
                f"({', '.join(environment.regions)}); add it to `regions:`, and build the templates again"
            )
            raise UserError(message)
        return connect(region, self.profile, self.role)
