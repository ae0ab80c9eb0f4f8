"""What a door has to ask the AWS behind it before it can say what a request is about."""

from __future__ import annotations

import base64
import binascii
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.session import DeployError, explained, pages

if TYPE_CHECKING:
    from private_fargate.deploy.session import Client, Session

_KEY_ID_LENGTH: Final = 36  # characters with which a ciphertext of the embedded AWS begins
_MANAGED_BY_AWS: Final = "alias/aws/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret as Secrets Manager describes it.

    Attributes:
        key: the ARN of the customer's key with which it is encrypted; None for the one of AWS.
    """

    arn: str
    key: str | None


class Lookups:
    """Questions, asked with the rights of the account itself."""

    def __init__(self, session: Session) -> None:
        """Ask this AWS."""
        self._session = session
        self._lock = threading.Lock()

    def secret(self, name: str) -> Secret | None:
        """Return a secret by its name, its ARN or the beginning of it; None if there is none."""
        try:
            with explained():
                found = self._client("secretsmanager").describe_secret(SecretId=name)
        except DeployError:
            return None
        return Secret(arn=str(found["ARN"]), key=self._customer_key(found.get("KmsKeyId")))

    def keys_of_parameters(self, name: str, path: str = "") -> list[str]:
        """Return the ARNs of the customers' keys without which parameters cannot be read.

        Args:
            name: of one parameter, or its ARN.
            path: under which they are, where no name is given.
        """
        plain = name.partition(":parameter")[2] if name.startswith("arn:") else name
        plain = plain.partition(":")[0]
        names = [plain, plain.removeprefix("/")] if name.startswith("arn:") else [plain]
        chosen = [{"Key": "Name", "Option": "Equals", "Values": names}]
        if not name:
            chosen = [{"Key": "Name", "Option": "BeginsWith", "Values": [path]}]
        with explained():
            found = pages(self._client("ssm"), "describe_parameters", ParameterFilters=chosen)
        keys = (
            self._customer_key(each.get("KeyId"))
            for page in found
            for each in page["Parameters"]
            if each["Type"] == "SecureString"
        )
        return [key for key in keys if key]

    def key_arn(self, name: str) -> str | None:
        """Return the ARN of a key by its ID, its ARN or an alias; None if there is none."""
        found = self._key(name)
        return str(found["Arn"]) if found else None

    def role_id(self, arn: str) -> str:
        """Return the ID of a role, `AROA…`."""
        with explained():
            found = self._client("iam").get_role(RoleName=arn.rpartition("/")[2])
        return str(found["Role"]["RoleId"])

    def key_of_ciphertext(self, ciphertext: str) -> str:
        """Return the ID of the key with which something was encrypted; an empty text if it does not show."""
        try:
            return base64.b64decode(ciphertext)[:_KEY_ID_LENGTH].decode("ascii")
        except (binascii.Error, ValueError):
            return ""

    def _customer_key(self, name: str | None) -> str | None:
        if not name or _MANAGED_BY_AWS in name:
            return None
        found = self._key(name)
        if found is None:
            return name  # whoever may not use a key that is not there is not told so
        return None if found.get("KeyManager") == "AWS" else str(found["Arn"])

    def _key(self, name: str) -> dict[str, Any] | None:
        try:
            with explained():
                return dict(self._client("kms").describe_key(KeyId=name)["KeyMetadata"])
        except DeployError:
            return None

    def _client(self, service: str) -> Client:
        with self._lock:  # clients may be shared by threads, but not be made by several at once
            return self._session.client(service)
