"""Names that are taken: a resource with a name of its own is refused where there is one of that name.

ministack puts the new one in the place of the old one, which CloudFormation never does.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import cloudwatch_logs, ecr, iam
from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Container

    from private_fargate.local.server.handlers import Attributes, Properties

_NAMED: dict[
    str, tuple[str, Container[str]]
] = {  # type -> the property that names it, and who has which name
    "AWS::ECR::Repository": ("RepositoryName", ecr._repositories),
    "AWS::IAM::Role": ("RoleName", iam._roles),
    "AWS::Logs::LogGroup": ("LogGroupName", cloudwatch_logs._log_groups),
}


def repair() -> None:
    """Look for the name before a resource is made."""
    for resource_type, (name, there) in _NAMED.items():
        handler = provisioners._RESOURCE_HANDLERS[resource_type]
        handler["create"] = _refusing(resource_type, name, there, handler["create"])


def _refusing(
    resource_type: str,
    name: str,
    there: Container[str],
    create: Any,  # noqa: ANN401 -- ministack's handlers have no types
) -> Any:  # noqa: ANN401 -- the same
    def create_if_free(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        wanted = properties.get(name)
        if wanted and wanted in there:
            identifier = json.dumps({f"/properties/{name}": wanted}, separators=(",", ":"))
            raise ValueError(
                f"Resource handler returned message: \"Resource of type '{resource_type}' with identifier "
                f"'{identifier}' already exists.\" (HandlerErrorCode: AlreadyExists)"
            )
        made: tuple[str, Attributes] = create(logical_id, properties, stack)
        return made

    return create_if_free
