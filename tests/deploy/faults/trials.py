"""One deployment with one fault, run again until it is through, and what is there at the end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from botocore.retries.standard import ExponentialBackoff

from private_fargate.deploy.deployed import each_stack, resources_of
from private_fargate.deploy.session import pages
from tests.deploy.faults.client import run
from tests.deploy.faults.proxy import FAULTS, Fault, Proxy
from tests.deploy.house import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

_ROOT = Path(__file__).resolve().parents[3]
_TIMEOUT = 120  # seconds
_PAUSE = 0.01  # seconds between two tries of a call; botocore would wait for up to 20
_DAYS = ("7", "30")  # first a creation, then an update that changes one value


@dataclass(frozen=True)
class Case:
    """A fault at one request of a deployment."""

    fault: Fault
    at: int

    def __str__(self) -> str:
        return f"{self.fault} at request {self.at}"


def cases(requests: int) -> Iterator[Case]:
    """Yield each fault at each request."""
    for at in range(1, requests + 1):
        for fault in FAULTS:
            yield Case(fault, at)


def undisturbed(target: str, session: Session, stack: str) -> tuple[list[str], dict[str, Any]]:
    """Return the requests that the deployments take, and what is there after them."""
    with Proxy(target) as proxy:
        for days in _DAYS:
            run(proxy.url, stack, days)
    return proxy.calls, picture(session, stack)


def disturbed(target: str, session: Session, stack: str, case: Case) -> dict[str, Any]:
    """Return what is there after a deployment with a fault; a client that was killed is started again."""
    with Proxy(target, fault=case.fault, at=case.at) as proxy:
        for days in _DAYS:
            if case.fault.startswith("killed"):
                _killed(proxy, stack, days)
            else:
                with patch.object(ExponentialBackoff, "delay_amount", return_value=_PAUSE):
                    run(proxy.url, stack, days)
    return picture(session, stack)


def _killed(proxy: Proxy, stack: str, days: str) -> None:
    """Run the client until it ends by itself; the proxy may kill it once."""
    while True:
        with _started(proxy.url, stack, days) as client:
            proxy.kill = client.kill
            code = client.wait(_TIMEOUT)
        if code != -signal.SIGKILL:
            assert code == 0, f"the client ended with {code}"
            return


def _started(url: str, stack: str, days: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.deploy.faults.client", url, stack, days]
    return subprocess.Popen(command, cwd=_ROOT)


def picture(session: Session, stack: str) -> dict[str, Any]:
    """Return all that is there of a stack, without what differs from one deployment to the next."""
    cloudformation = session.client("cloudformation")
    names: dict[str, Any] = {}
    for path, arn in each_stack(session, stack):
        said = cloudformation.describe_stacks(StackName=arn)["Stacks"][0]
        sets = cloudformation.list_change_sets(StackName=arn)["Summaries"]
        names["/".join(path)] = {
            "status": said["StackStatus"],
            "parameters": sorted(
                (p["ParameterKey"], p["ParameterValue"]) for p in said.get("Parameters", [])
            ),
            "outputs": sorted(
                (o["OutputKey"], _plain(o["OutputValue"], stack)) for o in said.get("Outputs", [])
            ),
            "tags": said.get("Tags", []),
            "protected": said.get("EnableTerminationProtection", False),
            "policy": cloudformation.get_stack_policy(StackName=arn).get("StackPolicyBody"),
            "resources": sorted(
                (r["LogicalResourceId"], r["ResourceType"], r["ResourceStatus"])
                for r in resources_of(session, arn)
            ),
            "change sets": sorted((s["Status"], s["ExecutionStatus"]) for s in sets),
            "creations": _creations(cloudformation, arn, stack),
        }
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix=stack)["logGroups"]
    names["log groups"] = sorted((_plain(g["logGroupName"], stack), g.get("retentionInDays")) for g in groups)
    every = [s for page in pages(cloudformation, "describe_stacks") for s in page["Stacks"]]
    names["stacks"] = sorted(_plain(s["StackName"], stack) for s in every if s["StackName"].startswith(stack))
    objects = (
        session.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"deployments/{stack}").get("Contents", [])
    )
    names["leases"] = [each["Key"] for each in objects]
    return names


def _creations(cloudformation: Any, arn: str, stack: str) -> dict[str, int]:
    """Count how often each resource was made and changed: nothing is done twice."""
    counts: dict[str, int] = {}
    for page in pages(cloudformation, "describe_stack_events", StackName=arn):
        for event in page["StackEvents"]:
            if event["ResourceStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                key = f"{_plain(event['LogicalResourceId'], stack)} {event['ResourceStatus']}"
                counts[key] = counts.get(key, 0) + 1
    return counts


def _plain(text: str, stack: str) -> str:
    return re.sub(r"[A-Za-z0-9]{8,}", "…", text.replace(stack, "STACK"))
