"""How CloudFormation asks Service Catalog for what a resource needs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import door, inside, state
from tests.fakes.service_catalog.call import Call
from tests.fakes.service_catalog.refusals import NotFoundError, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.local.server.handlers import Properties
    from tests.fakes.service_catalog.state import Json


def ask(operation: str, asked: Json) -> Json:
    """Ask Service Catalog, in the account and Region of the stack.

    Raises:
        ValueError: it refuses; in the words in which CloudFormation says so.
    """
    account, region = inside.whereabouts()
    model = door.model_of(operation)
    tokens = {name: uuid.uuid4().hex for name in model.idempotent_members}
    call = Call(input=asked, account=account, region=region, caller="cloudformation.amazonaws.com")
    try:
        door.check({**asked, **tokens}, model.input_shape)
        with state.LOCK:
            return door.OPERATIONS[operation](call)
    except RefusalError as refusal:
        raise ValueError(
            f"{refusal} (Service: AWSServiceCatalog; Status Code: 400; Error Code: {refusal.code}; "
            f"Request ID: {uuid.uuid4()}; Proxy: null)"
        ) from refusal


def gone(operation: str, asked: Json) -> None:
    """Ask Service Catalog to delete something that may be gone already.

    Raises:
        ValueError: it refuses.
    """
    try:
        ask(operation, asked)
    except ValueError as error:
        if not isinstance(error.__cause__, NotFoundError):
            raise


def retag(tags: Callable[[], dict[str, str]], properties: Properties) -> None:
    """Give a resource the tags of its properties, of which those of AWS's own are no part."""
    with state.LOCK:
        held = tags()
        held.clear()
        for each in properties.get("Tags", []):
            if not each["Key"].startswith("aws:"):
                held[each["Key"]] = str(each["Value"])
