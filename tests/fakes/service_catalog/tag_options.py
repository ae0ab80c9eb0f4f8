"""Tag options: the values that tags of launched products may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog.call import at_most, found
from tests.fakes.service_catalog.refusals import DuplicateError, InUseError, NotFoundError
from tests.fakes.service_catalog.state import TagOption, new_id

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Json, Portfolio, Product

VALUES_EACH, OPTIONS_EACH = 25, 25


def create(call: Call) -> Json:
    key, value = call.input["Key"], call.input["Value"]
    _check_new(call, key, value)
    option = TagOption(id=new_id("tag"), key=key, value=value, owner=call.account)
    call.book.tag_options[option.id] = option
    return {"TagOptionDetail": option.detail()}


def _check_new(call: Call, key: str, value: str) -> None:
    there = [each.value for each in call.book.tag_options.values() if each.key == key]
    if value in there:
        raise DuplicateError(f"TagOption with key {key} and value {value} already exists.")
    at_most(len(there), VALUES_EACH, "values of a TagOption key")


def update(call: Call) -> Json:
    option = _option(call, "Id")
    value = call.input.get("Value", option.value)
    if value != option.value:
        _check_new(call, option.key, value)
    option.value = value
    option.is_active = call.input.get("Active", option.is_active)
    return {"TagOptionDetail": option.detail()}


def delete(call: Call) -> Json:
    option = _option(call, "Id")
    if option.resources:
        raise InUseError(f"TagOption {option.id} is associated with {', '.join(sorted(option.resources))}.")
    del call.book.tag_options[option.id]
    return {}


def describe(call: Call) -> Json:
    return {"TagOptionDetail": _option(call, "Id").detail()}


def list_all(call: Call) -> Json:
    wanted = call.input.get("Filters", {})
    details = [each.detail() for each in call.book.tag_options.values()]
    return {
        "TagOptionDetails": [
            detail for detail in details if all(detail[name] == value for name, value in wanted.items())
        ]
    }


def associate(call: Call) -> Json:
    option, resource = _option(call, "TagOptionId"), _resource(call, call.input["ResourceId"])
    if resource.id in option.resources:
        raise DuplicateError(f"TagOption {option.id} is already associated with {resource.id}.")
    there = sum(resource.id in each.resources for each in call.book.tag_options.values())
    at_most(there, OPTIONS_EACH, "TagOptions of a resource")
    option.resources.add(resource.id)
    return {}


def disassociate(call: Call) -> Json:
    option, resource = _option(call, "TagOptionId"), call.input["ResourceId"]
    if resource not in option.resources:
        raise NotFoundError(f"TagOption {option.id} is not associated with {resource}.")
    option.resources.remove(resource)
    return {}


def list_resources(call: Call) -> Json:
    option, wanted = _option(call, "TagOptionId"), call.input.get("ResourceType", "").lower()
    details = []
    for each in sorted(option.resources):
        resource = _resource(call, each)
        kind = "portfolio" if each in call.book.portfolios else "product"
        settings = resource.settings
        if wanted in {"", kind}:
            details.append(
                {
                    "Id": each,
                    "ARN": resource.arn,
                    "Name": settings.get("DisplayName") or settings["Name"],
                    "Description": settings.get("Description", ""),
                }
            )
    return {"ResourceDetails": details}


def _option(call: Call, name: str) -> TagOption:
    return found(call.book.tag_options, call.input[name], "TagOption")


def _resource(call: Call, resource: str) -> Portfolio | Product:
    if resource in call.book.portfolios:
        return call.book.portfolios[resource]
    return found(call.book.products, resource, "Resource")


OPERATIONS = {
    "CreateTagOption": create,
    "UpdateTagOption": update,
    "DeleteTagOption": delete,
    "DescribeTagOption": describe,
    "ListTagOptions": list_all,
    "AssociateTagOptionWithResource": associate,
    "DisassociateTagOptionFromResource": disassociate,
    "ListResourcesForTagOption": list_resources,
}
