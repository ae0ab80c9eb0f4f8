"""What is told of provisioned products and of what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog.call import found
from tests.fakes.service_catalog.launching import provisioned
from tests.fakes.service_catalog.refusals import InvalidParametersError

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.records import Provisioned
    from tests.fakes.service_catalog.state import Json

_KEYS = {
    "createdtime": "CreatedTime",
    "id": "Id",
    "lastrecordid": "LastRecordId",
    "idempotencytoken": "IdempotencyToken",
    "name": "Name",
    "physicalid": "PhysicalId",
    "productid": "ProductId",
    "provisioningartifactid": "ProvisioningArtifactId",
    "type": "Type",
    "status": "Status",
    "userarn": "UserArn",
    "useranrsession": "UserArnSession",
}


def describe_record(call: Call) -> Json:
    record = found(call.book.records, call.input["Id"], "Record")
    return {"RecordDetail": record.detail(), "RecordOutputs": record.outputs}


def history(call: Call) -> Json:
    wanted = call.input.get("SearchFilter", {})
    names = {"product": "ProductId", "provisionedproduct": "ProvisionedProductId"}
    details = [each.detail() for each in reversed(call.book.records.values())]
    if wanted:
        key = names.get(wanted.get("Key", ""))
        if key is None:
            raise InvalidParametersError(f"Unknown search filter {wanted.get('Key')}.")
        details = [each for each in details if each[key] == wanted.get("Value")]
    return {"RecordDetails": details}


def describe(call: Call) -> Json:
    of = provisioned(call, "Id", "Name")
    return {"ProvisionedProductDetail": of.detail(), "CloudWatchDashboards": []}


def scan(call: Call) -> Json:
    return {"ProvisionedProducts": [each.detail() for each in call.book.provisioned.values()]}


def search(call: Call) -> Json:
    queries = call.input.get("Filters", {}).get("SearchQuery", [])
    listed = [each for each in call.book.provisioned.values() if all(_fits(each, query) for query in queries)]
    return {
        "ProvisionedProducts": [each.attributes() for each in listed],
        "TotalResultsCount": len(listed),
    }


def _fits(of: Provisioned, query: str) -> bool:
    """Say whether a provisioned product fits a query: a word of it, or KEY:VALUE."""
    attributes = of.attributes()
    key, colon, value = query.partition(":")
    if not colon:
        return any(query.lower() in str(each).lower() for each in attributes.values())
    if key.lower() not in _KEYS:
        raise InvalidParametersError(f"Unknown search key {key}.")
    return str(attributes.get(_KEYS[key.lower()], "")).lower() == value.strip('"').lower()


def outputs(call: Call) -> Json:
    of = provisioned(call, "ProvisionedProductId", "ProvisionedProductName")
    wanted = call.input.get("OutputKeys")
    if wanted and (missing := set(wanted) - {each["OutputKey"] for each in of.outputs}):
        raise InvalidParametersError(f"Provisioned product {of.id} has no output {min(missing)}.")
    return {"Outputs": [each for each in of.outputs if not wanted or each["OutputKey"] in wanted]}


OPERATIONS = {
    "DescribeRecord": describe_record,
    "ListRecordHistory": history,
    "DescribeProvisionedProduct": describe,
    "ScanProvisionedProducts": scan,
    "SearchProvisionedProducts": search,
    "GetProvisionedProductOutputs": outputs,
}
