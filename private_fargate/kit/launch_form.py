"""What the person launching chooses for each service: its image and its number of tasks.

A template has at most 200 parameters.  As long as they suffice each service has two of its own.
Beyond that, the counts stay as they were built, and the digests travel as `name=sha256:…` entries
of a few texts; a service finds its own by its name, so the order of the entries means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Join, Select, Split

from private_fargate.kit import kinds
from private_fargate.kit.naming import logical_id
from private_fargate.kit.wires import Chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.kit.scope import Scope

SERVICES_WITH_OWN_PARAMETERS = 80
ENTRIES_PER_TEXT = 30  # of at most 63 + 1 + 71 + 1 characters each; a value has room for 4,096


class ImageDigests(Chosen):
    """Entries NAME=sha256:DIGEST, separated by commas; a service without one runs no task."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^(|[a-z0-9-]+=sha256:[0-9a-f]{64}(,[a-z0-9-]+=sha256:[0-9a-f]{64})*)$",
        "ConstraintDescription": "must be NAME=sha256:DIGEST entries, separated by commas",
    }


@dataclass(frozen=True)
class ServiceChoice:
    """The defaults of one service in the form: tasks, and the digest where one is known."""

    count: int
    digest: str | None  # None: the image is not in a repository of ours, and always there


class LaunchForm:
    """The services' part of a launch form."""

    def __init__(self, scope: Scope, services: Mapping[str, ServiceChoice]) -> None:
        """Declare the parameters for these services, by name."""
        self._scope = scope
        self._services = services
        self._roomy = len(services) <= SERVICES_WITH_OWN_PARAMETERS
        self._entries = "" if self._roomy else self._declare_texts()

    def count(self, name: str) -> kinds.TaskCount:
        """Return the number of tasks of a service."""
        default = self._services[name].count
        if not self._roomy:
            return kinds.TaskCount.given(default)
        title = f"{logical_id(name)}Count"
        return self._scope.ask(f"Service {name}", title, "Number of tasks", kinds.TaskCount, Default=default)

    def digest(self, name: str) -> kinds.ImageDigest:
        """Return the digest of a service's image, or what finds it among the entries."""
        default = self._services[name].digest or ""
        if self._roomy:
            title = f"{logical_id(name)}ImageDigest"
            label = "Digest of the image (empty: no tasks)"
            return self._scope.ask(f"Service {name}", title, label, kinds.ImageDigest, Default=default)
        # The default stands last, so an entry is always found.
        haystack = Join("", [",", self._entries, f",{name}={default},"])
        after = Select(1, Split(f",{name}=", haystack))
        return kinds.ImageDigest.given(Select(0, Split(",", after)))

    def _declare_texts(self) -> Join:
        ours = [name for name, choice in self._services.items() if choice.digest is not None]
        texts = range(1, -(-len(ours) // ENTRIES_PER_TEXT) + 1)
        wires = [
            self._scope.ask(
                "Images", f"ImageDigests{number}", f"Digests, part {number}", ImageDigests, Default=""
            )
            for number in texts
        ]
        return Join(",", wires)
