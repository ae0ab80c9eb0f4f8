"""What IAM would know of a deployed system: its roles, who may pass through its doors, its ARNs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flatten import IN_SUB, PLACE

if TYPE_CHECKING:
    import re

Document = dict[str, Any]

_ARN = "arn:aws:{service}:us-east-1:123456789012:{resource}"
_ARNS = {
    "AWS::ECR::Repository": _ARN.format(service="ecr", resource="repository/{name}"),
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{name}",
    "AWS::KMS::Key": _ARN.format(service="kms", resource="key/{name}"),
    # The attribute ends in a wildcard for the streams.
    "AWS::Logs::LogGroup": _ARN.format(service="logs", resource="log-group:{name}:*"),
}


class Account:
    """The account in which a flattened system was deployed; a resource is called by its logical ID."""

    def __init__(self, flat: dict[str, Any]) -> None:
        self._resources = flat["Resources"]

    def roles(self) -> set[str]:
        return set(self._of_type("AWS::IAM::Role"))

    def arn(self, title: str) -> str:
        return _ARNS[self._resources[title]["Type"]].format(name=title)

    def trust(self, role: str) -> Document:
        return self._concrete(self._resources[role]["Properties"]["AssumeRolePolicyDocument"])

    def key_policy(self, key: str) -> Document:
        return self._concrete(self._resources[key]["Properties"]["KeyPolicy"])

    def permissions(self, role: str) -> list[Document]:
        """Return the policies of a role; they are managed policies of the system, and nothing else."""
        other = self._resources[role]["Properties"].keys() - {"AssumeRolePolicyDocument"}
        assert not other, f"{role} has {other}, which nothing here evaluates"
        return [
            self._concrete(policy["PolicyDocument"])
            for policy in self._of_type("AWS::IAM::ManagedPolicy").values()
            if {"Ref": role} in policy["Roles"]
        ]

    def policies(self, kind: str) -> dict[str, Document]:
        """Return the document of every policy or endpoint of a type, by logical ID."""
        return {
            title: self._concrete(properties["PolicyDocument"])
            for title, properties in self._of_type(kind).items()
        }

    def endpoint(self, service: str) -> Document:
        """Return the policy of the endpoint of a service, such as `ecr.api`."""
        for endpoint in self._of_type("AWS::EC2::VPCEndpoint").values():
            if self._concrete(endpoint["ServiceName"]).endswith(f"us-east-1.{service}"):
                return self._concrete(endpoint["PolicyDocument"])
        message = f"there is no endpoint for {service}"
        raise LookupError(message)

    def _of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {
            title: resource["Properties"]
            for title, resource in self._resources.items()
            if resource["Type"] == kind
        }

    def _concrete(self, value: Any) -> Any:  # noqa: PLR0911  # one for each kind of value
        """Return a value with every reference replaced by what it refers to."""
        match value:
            case {"Ref": name}:
                return PLACE.get(name, name)
            case {"Fn::GetAtt": [title, "Arn"]}:
                return self.arn(title)
            case {"Fn::Join": [separator, items]}:
                return separator.join(map(self._concrete, items))
            case {"Fn::Sub": str() as text}:
                return IN_SUB.sub(self._spelled, text)
            case dict():
                return {key: self._concrete(item) for key, item in value.items()}
            case list():
                return [self._concrete(item) for item in value]
            case _:
                return value

    def _spelled(self, found: re.Match[str]) -> str:
        title, _, attribute = found[1].partition(".")
        return self._concrete({"Fn::GetAtt": [title, attribute]} if attribute else {"Ref": title})
