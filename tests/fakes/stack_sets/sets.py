"""StackSets themselves: made, described, updated with their instances, and deleted when they have none."""

from __future__ import annotations

import re
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import engine, handlers

from tests.fakes.stack_sets import instances, operations, organization, records, targets, templates
from tests.fakes.stack_sets.forms import RefusalError, invalid, page
from tests.fakes.stack_sets.records import SERVICE_MANAGED, StackSet

Record = dict[str, Any]

_NAME = r"[a-zA-Z][-a-zA-Z0-9]{0,127}"
_KEPT = ("Description", "AdministrationRoleARN", "ExecutionRoleName", "AutoDeployment", "ManagedExecution")
_MOST = 1000  # StackSets of an administrator account
_CUSTOM_ROLE = "stacksets-exec-custom-"
_ROLE = ("ExecutionRoleTemplateBody", "ExecutionRoleTemplateUrl")


def create(parameters: Record) -> Record:
    """Make a StackSet without instances."""
    name = parameters["StackSetName"]
    if not re.fullmatch(_NAME, name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {_NAME}"
        )
    active = [each for each in records.all_here() if each.status == "ACTIVE"]
    if any(each.name == name for each in active):
        raise RefusalError("NameAlreadyExistsException", f"StackSet name {name} already exists")
    if len(active) >= _MOST:
        raise RefusalError("LimitExceededException", f"An account can have at most {_MOST} StackSets")
    settings = {key: parameters[key] for key in _KEPT if key in parameters}
    settings["PermissionModel"] = parameters.get("PermissionModel", "SELF_MANAGED")
    _check_settings(settings)
    text, given = _content(parameters)
    if text is None:
        raise invalid("TemplateBody, TemplateURL or StackId must be specified")
    role = templates.read(parameters, *_ROLE)
    _check_role(settings, role, parameters)
    capabilities = parameters.get("Capabilities", [])
    nests = settings["PermissionModel"] != SERVICE_MANAGED or role is not None
    templates.check(text, given, capabilities, nests=nests)
    set_id = f"{name}:{new_uuid()}"
    records.add(
        StackSet(
            name=name,
            set_id=set_id,
            arn=records.arn_of(set_id),
            template=text,
            parameters=given,
            capabilities=capabilities,
            tags=parameters.get("Tags", []),
            settings=settings,
            role_template=role,
        )
    )
    return {"StackSetId": set_id}


def _check_settings(settings: Record) -> None:
    managed = settings["PermissionModel"] == SERVICE_MANAGED
    if managed:
        organization.check_access()
        if "AutoDeployment" not in settings:
            raise invalid(
                "AutoDeployment must be specified for StackSets with SERVICE_MANAGED permission model"
            )
        if settings.get("AdministrationRoleARN"):
            raise invalid("AdministrationRoleARN cannot be specified with SERVICE_MANAGED permission model")
        if not settings.get("ExecutionRoleName", _CUSTOM_ROLE).startswith(_CUSTOM_ROLE):
            raise invalid(f"The name of a custom execution role must begin with {_CUSTOM_ROLE}")
    elif settings.get("AutoDeployment", {}).get("Enabled"):
        raise invalid("AutoDeployment can only be enabled with SERVICE_MANAGED permission model")


def _check_role(settings: Record, role: str | None, parameters: Record) -> None:
    if role is None:
        return
    if settings["PermissionModel"] != SERVICE_MANAGED:
        raise invalid(
            "A custom execution role template is supported only with SERVICE_MANAGED permission model"
        )
    if not parameters.get("StackSetOutputBucket"):
        raise invalid("StackSetOutputBucket must be specified with a custom execution role template")
    templates.check(role, [], ["CAPABILITY_NAMED_IAM"], nests=False)


def _content(parameters: Record) -> tuple[str | None, list[Record]]:
    """Return the template and the values of a request, which may be those of a stack."""
    given = templates.merged(parameters.get("Parameters", []), [])
    if not parameters.get("StackId"):
        return templates.read(parameters), given
    stack = handlers._resolve_stack(parameters["StackId"])
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        raise invalid(f"Stack {parameters['StackId']} does not exist")
    values = [{key: each[key] for key in ("ParameterKey", "ParameterValue")} for each in stack["Parameters"]]
    return stack["_template_body"], given or values


def describe(parameters: Record) -> Record:
    """Describe a StackSet."""
    found = operations.found(parameters)
    described = {
        "StackSetName": found.name,
        "StackSetId": found.set_id,
        "StackSetARN": found.arn,
        "Status": found.status,
        "TemplateBody": found.template,
        "Parameters": found.parameters,
        "Capabilities": found.capabilities,
        "Tags": found.tags,
        "StackSetDriftDetectionDetails": found.drift,
        "OrganizationalUnitIds": sorted({each.unit for each in found.instances.values() if each.unit}),
        "Regions": sorted({each.region for each in found.instances.values()}),
        **found.settings,
    }
    return {"StackSet": {key: value for key, value in described.items() if value is not None}}


def list_all(parameters: Record) -> Record:
    """List the StackSets of the account and Region; deleted ones too, if no status is asked for."""
    wanted = {parameters["Status"]} if parameters.get("Status") else {"ACTIVE", "DELETED"}
    hides = parameters.get("CallAs") == "DELEGATED_ADMIN"
    found = [
        {
            "StackSetName": each.name,
            "StackSetId": each.set_id,
            "Status": each.status,
            **{key: value for key, value in each.settings.items() if key in _LISTED},
            **({"DriftStatus": each.drift["DriftStatus"]} if each.drift else {}),
        }
        for each in records.all_here()
        if each.status in wanted and (each.is_service_managed or not hides)
    ]
    return page(found, parameters, "Summaries")


_LISTED = frozenset({"Description", "AutoDeployment", "PermissionModel", "ManagedExecution"})


def deployment_targets(parameters: Record) -> Record:
    """List the units, each with its Regions, whose new accounts would get instances."""
    found = operations.found(parameters)
    regions: dict[str, set[str]] = {}
    if found.settings.get("AutoDeployment", {}).get("Enabled"):
        for each in found.instances.values():
            regions.setdefault(str(each.unit), set()).add(each.region)
    listed = [
        {"OrganizationalUnitId": unit, "Regions": sorted(those)} for unit, those in sorted(regions.items())
    ]
    return page(listed, parameters, "Summaries")


def update(parameters: Record) -> Record:
    """Change a StackSet, and then its instances, or those that are named."""
    found = operations.found(parameters)
    if known := operations.again(found, parameters):
        return known
    operations.check_request(found, parameters)
    if "ManagedExecution" in parameters:
        operations.check_idle(found)
    chosen = _chosen(found, parameters)
    text, changes = _new_content(found, parameters)
    settings = {**found.settings, **{key: parameters[key] for key in _KEPT if key in parameters}}
    settings["PermissionModel"] = parameters.get("PermissionModel", settings["PermissionModel"])
    if settings["PermissionModel"] != found.settings["PermissionModel"] and found.instances:
        raise invalid("PermissionModel cannot be changed while the StackSet has instances")
    _check_settings(settings)
    role = (
        None
        if parameters.get("UseAdminExecutionRole")
        else templates.read(parameters, *_ROLE) or found.role_template
    )
    given = templates.merged(parameters.get("Parameters", []), found.parameters)
    capabilities = parameters.get("Capabilities", [])
    nests = settings["PermissionModel"] != SERVICE_MANAGED or role is not None
    templates.check(text, given, capabilities, nests=nests)
    found.template, found.parameters, found.capabilities = text, given, capabilities
    found.settings, found.role_template = settings, role
    found.tags = parameters.get("Tags", found.tags)
    _drop_overrides(found, text)
    if changes:
        for each in found.instances.values():
            each.status = "OUTDATED" if each.status == "CURRENT" else each.status
    return operations.begin(found, parameters, "UPDATE", chosen, instances.applying(found))


def _chosen(stack_set: StackSet, parameters: Record) -> list[records.Target]:
    """Return where instances are updated: not those that no update can help."""
    named = any(parameters.get(name) for name in ("Accounts", "Regions", "DeploymentTargets"))
    chosen = targets.of(stack_set, parameters) if named else stack_set.instances
    for target in chosen if named and not stack_set.is_service_managed else ():
        stack_set.instance(*target)
    return [
        target
        for target in chosen
        if target in stack_set.instances and stack_set.instances[target].status != "INOPERABLE"
    ]


def _new_content(stack_set: StackSet, parameters: Record) -> tuple[str, bool]:
    """Return the template, and whether it or a value is said to change."""
    text = templates.read(parameters)
    if bool(text) == bool(parameters.get("UsePreviousTemplate")):
        raise invalid("Either TemplateBody, TemplateURL or UsePreviousTemplate must be specified")
    return text or stack_set.template, bool(text) or "Parameters" in parameters


def _drop_overrides(stack_set: StackSet, text: str) -> None:
    """Forget overrides of parameters that the template has no more."""
    declared = engine._parse_template(text).get("Parameters", {})
    for instance in stack_set.instances.values():
        instance.overrides = [each for each in instance.overrides if each["ParameterKey"] in declared]


def delete(parameters: Record) -> Record:
    """Delete a StackSet that has no instances."""
    found = operations.found(parameters)
    operations.check_idle(found)
    if found.instances:
        raise RefusalError("StackSetNotEmptyException", "StackSet is not empty")
    found.status = "DELETED"
    return {}
