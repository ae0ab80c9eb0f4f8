"""The account itself: who calls, where, and what it does to every task without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor.model import Check, failed, ok, warning
from private_fargate.deploy.session import code_of, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Case
    from private_fargate.live.checkup import Finding

SERVICE_ROLE_NAME: Final = "AWSServiceRoleForECS"
_LONG_NAMES: Final = ("serviceLongArnFormat", "taskLongArnFormat")
_RETIREMENT: Final = "fargateTaskRetirementWaitPeriod"


def _caller(case: Case) -> Iterator[Finding]:
    who = f"{case.caller} in account {case.account}"
    if case.caller.endswith(":root"):
        yield warning(who, "deploy with a role or a user of your own, not with the account's root user")
    else:
        yield ok(who)


def _region(case: Case) -> Iterator[Finding]:
    region = case.session.region
    answer = case.session.client("ec2").describe_regions(RegionNames=[region], AllRegions=True)
    state = answer["Regions"][0].get("OptInStatus", "opt-in-not-required")
    if state == "not-opted-in":
        yield failed(
            f"{region} is not enabled for account {case.account}",
            f"`aws account enable-region --region-name {region}`, and wait until it is done",
        )
    else:
        yield ok(f"{region}: {state}")


def _service_role(case: Case) -> Iterator[Finding]:
    try:
        role = case.session.client("iam").get_role(RoleName=SERVICE_ROLE_NAME)["Role"]
    except ClientError as error:
        if code_of(error) != "NoSuchEntity":
            raise
        yield warning(
            f"{SERVICE_ROLE_NAME} is not there; ECS makes it with the first cluster, and the first "
            "deployment may be too fast for it",
            "`aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`",
        )
        return
    yield ok(str(role["Arn"]))


def _settings(case: Case) -> Iterator[Finding]:
    ecs = case.session.client("ecs")
    every = pages(ecs, "list_account_settings", effectiveSettings=True)
    values = {each["name"]: each["value"] for page in every for each in page["settings"]}
    for name in _LONG_NAMES:
        if values.get(name) == "disabled":
            yield failed(
                f"{name} is disabled, and without it ECS puts no tags on services and tasks",
                f"`aws ecs put-account-setting-default --name {name} --value enabled`",
            )
    if values.get(_RETIREMENT) == "0":
        yield warning(
            f"{_RETIREMENT} is 0: AWS replaces tasks for a patch of the platform at once, unannounced",
            f"`aws ecs put-account-setting-default --name {_RETIREMENT} --value 7`, in days",
        )
    insights = values.get("containerInsights", "not told")
    yield ok(f"Container Insights of new clusters: {insights}; the cluster of the settings says its own")


def _guard_duty(case: Case) -> Iterator[Finding]:
    client = case.session.client("guardduty")
    detectors = [each for page in pages(client, "list_detectors") for each in page["DetectorIds"]]
    for detector in detectors:
        if _watches_tasks(client.get_detector(DetectorId=detector)):
            yield warning(
                f"detector {detector} watches Fargate tasks: it puts a container into each, and an interface "
                "endpoint with a security group into the VPC, which no template has and which keep the VPC "
                "from being deleted",
                "let the execution roles pull its image from ECR, and let `build.py destroy` remove what it "
                "left; or tag the cluster GuardDutyManaged=false",
            )
            return
    yield ok("runtime monitoring adds nothing to tasks")


def _watches_tasks(detector: dict[str, Any]) -> bool:
    features: list[dict[str, Any]] = detector.get("Features", [])
    return detector.get("Status") == "ENABLED" and any(
        feature["Name"] == "RUNTIME_MONITORING"
        and feature["Status"] == "ENABLED"
        and any(
            part["Name"] == "ECS_FARGATE_AGENT_MANAGEMENT" and part["Status"] == "ENABLED"
            for part in feature.get("AdditionalConfiguration", [])
        )
        for feature in features
    )


CALLER: Final = Check(
    name="credentials", claim="AWS knows who deploys", calls=("sts:GetCallerIdentity",), look=_caller
)
REGION: Final = Check(
    name="region", claim="the Region is enabled", calls=("ec2:DescribeRegions",), look=_region
)
SERVICE_ROLE: Final = Check(
    name="service-linked role",
    claim="ECS can manage network interfaces for tasks",
    calls=("iam:GetRole",),
    look=_service_role,
)
SETTINGS: Final = Check(
    name="ECS settings",
    claim="the account's defaults go with the templates",
    calls=("ecs:ListAccountSettings",),
    look=_settings,
)
GUARD_DUTY: Final = Check(
    name="GuardDuty",
    claim="nothing is added to tasks and VPC that the templates do not have",
    calls=("guardduty:ListDetectors", "guardduty:GetDetector"),
    look=_guard_duty,
)
