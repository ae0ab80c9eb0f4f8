"""Provisioned products, the records of what was done to them, and plans of what would be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.service_catalog.state import new_id, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.service_catalog.state import Book, Json

_ENDS = {"SUCCEEDED", "FAILED"}


@dataclass(kw_only=True)
class Provisioned:
    """A provisioned product: a stack, and what it was launched from.

    Attributes:
        role: ARN of the launch role; an empty text where there is none.
        outputs: of the stack, as they were when an operation succeeded last.
    """

    id: str
    name: str
    account: str
    region: str
    product: str
    product_name: str
    artifact: str
    artifact_name: str
    path: str
    role: str
    user: str
    tags: dict[str, str]
    token: str = ""
    status: str = "UNDER_CHANGE"
    message: str = ""
    stack_id: str = ""
    created: float = field(default_factory=time.time)
    last: str = ""
    last_provisioning: str = ""
    last_successful: str = ""
    outputs: list[Json] = field(default_factory=list)

    @property
    def stack(self) -> str:
        """Name of the stack."""
        return f"SC-{self.account}-{self.id}"

    @property
    def arn(self) -> str:
        return f"arn:aws:servicecatalog:{self.region}:{self.account}:stack/{self.name}/{self.id}"

    def settle(self, status: str, message: str = "") -> None:
        """Take a state, and what is said of it."""
        self.status, self.message = status, message

    def detail(self) -> Json:
        return {**self._common(), **({"LaunchRoleArn": self.role} if self.role else {})}

    def attributes(self) -> Json:
        return {
            **self._common(),
            "Tags": tags_of(self.tags),
            "PhysicalId": self.stack_id,
            "ProductName": self.product_name,
            "ProvisioningArtifactName": self.artifact_name,
            "UserArn": self.user,
            "UserArnSession": self.user,
        }

    def _common(self) -> Json:
        told = {
            "StatusMessage": self.message,
            "IdempotencyToken": self.token,
            "LastRecordId": self.last,
            "LastProvisioningRecordId": self.last_provisioning,
            "LastSuccessfulProvisioningRecordId": self.last_successful,
        }
        return {
            "Name": self.name,
            "Arn": self.arn,
            "Type": "CFN_STACK",
            "Id": self.id,
            "Status": self.status,
            "CreatedTime": self.created,
            "ProductId": self.product,
            "ProvisioningArtifactId": self.artifact,
            **{name: value for name, value in told.items() if value},
        }


@dataclass(kw_only=True)
class Record:
    """What was asked for of a provisioned product, and how it went."""

    id: str
    kind: str
    of: Provisioned
    artifact: str
    path: str
    status: str = "CREATED"
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    errors: list[Json] = field(default_factory=list)
    outputs: list[Json] = field(default_factory=list)
    about_to_end: Callable[[str], None] = lambda _: None

    def become(self, status: str) -> None:
        """Take a state."""
        if status in _ENDS:  # at last: who sees the end of a record looks at what it was about
            self.about_to_end(status)
        self.status, self.updated = status, time.time()

    def fail(self, code: str, description: str) -> None:
        """Be FAILED, and say why."""
        self.errors.append({"Code": code, "Description": description})
        self.become("FAILED")

    def detail(self) -> Json:
        return {
            "RecordId": self.id,
            "ProvisionedProductName": self.of.name,
            "Status": self.status,
            "CreatedTime": self.created,
            "UpdatedTime": self.updated,
            "ProvisionedProductType": "CFN_STACK",
            "RecordType": self.kind,
            "ProvisionedProductId": self.of.id,
            "ProductId": self.of.product,
            "ProvisioningArtifactId": self.artifact,
            "PathId": self.path,
            "RecordErrors": self.errors,
            "RecordTags": tags_of(self.of.tags),
            **({"LaunchRoleArn": self.of.role} if self.of.role else {}),
        }


def new_record(book: Book, of: Provisioned, kind: str) -> Record:
    """Return a record that has just been asked for, and note it."""
    record = Record(id=new_id("rec"), kind=kind, of=of, artifact=of.artifact, path=of.path)
    book.records[record.id] = record
    of.last = record.id
    if kind != "TERMINATE_PROVISIONED_PRODUCT":
        of.last_provisioning = record.id
    return record
