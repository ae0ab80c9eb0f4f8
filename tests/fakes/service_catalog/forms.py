"""The form of a launch: its parameters, its values, its tags; and the sifting of lists of products."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.fakes.service_catalog.refusals import InvalidParametersError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.service_catalog.state import Artifact, Constraint, Json, Product, TagOption

TAGS_EACH = 50
_LIMITS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


def parameters(artifact: Artifact) -> list[Json]:
    """Return the parameters of a version as the API describes them."""
    return [_parameter(key, each) for key, each in artifact.template.get("Parameters", {}).items()]


def _parameter(key: str, declared: Json) -> Json:
    limits = {name: text(declared[name]) for name in _LIMITS if name in declared}
    return {
        "ParameterKey": key,
        "ParameterType": declared.get("Type", "String"),
        "IsNoEcho": text(declared.get("NoEcho", False)) == "true",
        "Description": declared.get("Description", ""),
        "ParameterConstraints": {
            "AllowedValues": [text(each) for each in declared.get("AllowedValues", [])],
            **limits,
        },
        **({"DefaultValue": text(declared["Default"])} if "Default" in declared else {}),
    }


def text(value: object) -> str:
    """Return a scalar of a template as the text that it is in an API."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def values(asked: Json) -> list[Json]:
    """Return the values of a launch as CloudFormation takes them.

    Raises:
        InvalidParametersError: one is named twice, or not at all.
    """
    given = asked.get("ProvisioningParameters", [])
    keys = [each.get("Key") for each in given]
    if None in keys or len(keys) != len(set(keys)):
        raise InvalidParametersError("Each provisioning parameter needs a Key of its own.")
    return [
        {"ParameterKey": each["Key"], "UsePreviousValue": True}
        if each.get("UsePreviousValue")
        else {"ParameterKey": each["Key"], "ParameterValue": each.get("Value", "")}
        for each in given
    ]


def with_rules(artifact: Artifact, constraints: Iterable[Constraint]) -> str:
    """Return a template with the rules of template constraints, which CloudFormation then enforces."""
    rules = {
        f"{name}{each.id.removeprefix('cons-')}": rule
        for each in constraints
        if each.kind == "TEMPLATE"
        for name, rule in json.loads(each.parameters)["Rules"].items()
    }
    if not rules:
        return artifact.body
    return json.dumps({**artifact.template, "Rules": {**artifact.template.get("Rules", {}), **rules}})


def chosen_tags(given: dict[str, str], options: Iterable[TagOption]) -> dict[str, str]:
    """Return the tags of a launch: those given, and those of which there is one value only.

    Raises:
        InvalidParametersError: a tag has a value that is no option, or none where there are several.
    """
    by_key: dict[str, list[str]] = {}
    for option in options:
        by_key.setdefault(option.key, []).append(option.value)
    tags = dict(given)
    for key, allowed in by_key.items():
        if key not in tags:
            if len(allowed) > 1:
                message = f"Tag {key} has to have one of the values {', '.join(sorted(allowed))}."
                raise InvalidParametersError(message)
            tags[key] = allowed[0]
        if tags[key] not in allowed:
            message = f"Tag {key} may have the values {', '.join(sorted(allowed))}, not {tags[key]}."
            raise InvalidParametersError(message)
    if len(tags) > TAGS_EACH:
        raise InvalidParametersError(f"A provisioned product has at most {TAGS_EACH} tags.")
    return tags


def sifted(products: Iterable[Product], asked: Json) -> list[Product]:
    """Return the products that fit a search, in the order that it wants."""
    filters = asked.get("Filters", {})
    if unknown := filters.keys() - {"FullTextSearch", "Owner", "ProductType", "SourceProductId"}:
        raise InvalidParametersError(f"Unknown filter {min(unknown)}.")
    found = [each for each in products if _fits(each, filters)]
    key = asked.get("SortBy")
    if key:
        keys = {
            "Title": lambda each: each.name,
            "VersionCount": lambda each: len(each.artifacts),
            "CreationDate": lambda each: each.since,
        }
        found.sort(key=keys[key], reverse=asked.get("SortOrder") == "DESCENDING")
    return found


def _fits(product: Product, filters: Json) -> bool:
    settings = product.settings
    words = " ".join(str(value) for value in settings.values()).lower()
    return (
        all(each.lower() in words for each in filters.get("FullTextSearch", []))
        and settings["Owner"] in filters.get("Owner", [settings["Owner"]])
        and "CLOUD_FORMATION_TEMPLATE" in filters.get("ProductType", ["CLOUD_FORMATION_TEMPLATE"])
    )
