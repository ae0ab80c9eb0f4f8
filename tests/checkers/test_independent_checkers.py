"""What independent checkers say of whole systems; each finding that stays has its reason beside it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from account import Account
from flatten import flatten
from node import installed
from systems import environment, service

from private_fargate.config import load
from private_fargate.config.models import Environment, Network
from stacks import parent

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON = ROOT / ".venv-checkers" / "bin" / "python"
DIGEST = f"sha256:{'0' * 64}"

ISOLATED = environment(
    {"nginx": service(read_only=True, user="10001")}, network=Network(egress="none"), jump_host="none"
)

NO_RESOURCE_LEVEL = "the action has no resource level: the token opens no repository by itself"
BUCKETS_OF_AWS = "a gateway endpoint's principal must be *, and the signer of the layers' URLs is AWS"
ROOT_OF_THE_ACCOUNT = "without kms:* for the account nobody could ever change the key"
SESSIONS = "the actions of Session Manager have no resource level"

DEFAULT_GROUP = "CloudFormation cannot change a VPC's default security group; nothing is in it"
NAMESPACE_ID = "any variable is one too many; as a secret it would be one more call before a task starts"
PUBLIC_BY_A_ROUTE = "the route to the gateway is what makes a public subnet public; only NAT stands there"
DELETABLE = "with termination protection the stack could not be deleted; the host holds nothing"
CHEAP_HOST = "t3 is not in the list of types that encrypt between instances; it talks to Session Manager"
PRIVATE_SUBNET = "the rule wants a network interface that refuses an address; the subnet gives none"
NGINX = "its image binds port 80 as root and drops privileges itself"

STAYS: dict[tuple[str, str, str], str] = {
    ("cdk-nag", "AwsSolutions-ECS2", "NginxTaskDefinition"): NAMESPACE_ID,
    ("cdk-nag", "AwsSolutions-IAM5[Resource::*]", "NginxExecutionPolicy"): NO_RESOURCE_LEVEL,
    ("cdk-nag", "HIPAA.Security-VPCDefaultSecurityGroupClosed", "NetworkVpc"): DEFAULT_GROUP,
    ("cdk-nag", "NIST.800.53.R5-VPCDefaultSecurityGroupClosed", "NetworkVpc"): DEFAULT_GROUP,
    ("cdk-nag", "PCI.DSS.321-VPCDefaultSecurityGroupClosed", "NetworkVpc"): DEFAULT_GROUP,
    ("cfripper", "GenericCrossAccountTrustRule", "EndpointsS3Endpoint"): BUCKETS_OF_AWS,
    ("cfripper", "GenericResourceFullWildcardPrincipalRule", "EndpointsS3Endpoint"): BUCKETS_OF_AWS,
    ("cfripper", "GenericResourceWildcardPolicyRule", "FoundationDataKey"): ROOT_OF_THE_ACCOUNT,
    ("cloudsplaining", "credentials exposure", "NginxExecutionPolicy"): NO_RESOURCE_LEVEL,
    ("parliament", "CREDENTIALS_EXPOSURE", "EndpointsEcrApiEndpoint"): NO_RESOURCE_LEVEL,
    ("parliament", "CREDENTIALS_EXPOSURE", "EndpointsEcrDkrEndpoint"): NO_RESOURCE_LEVEL,
    ("parliament", "CREDENTIALS_EXPOSURE", "NginxExecutionPolicy"): NO_RESOURCE_LEVEL,
}
STAYS_IN_THE_DEMO: dict[tuple[str, str, str], str] = {
    ("cdk-nag", "AwsSolutions-EC29", "JumpHostJumpHost"): DELETABLE,
    ("cdk-nag", "AwsSolutions-IAM5[Resource::*]", "JumpHostProfileJumpHostPolicy"): SESSIONS,
    ("cdk-nag", "HIPAA.Security-VPCNoUnrestrictedRouteToIGW", "NetworkPublicDefaultRoute"): PUBLIC_BY_A_ROUTE,
    ("cdk-nag", "NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW", "NetworkPublicDefaultRoute"): PUBLIC_BY_A_ROUTE,
    ("cdk-nag", "PCI.DSS.321-VPCNoUnrestrictedRouteToIGW", "NetworkPublicDefaultRoute"): PUBLIC_BY_A_ROUTE,
    ("cfripper", "WildcardResourceRule", "EndpointsSsmEndpoint"): SESSIONS,
    ("cfripper", "WildcardResourceRule", "EndpointsSsmMessagesEndpoint"): SESSIONS,
    ("cfripper", "WildcardResourceRule", "JumpHostProfileJumpHostPolicy"): SESSIONS,
    ("checkov", "CKV_AWS_111", "JumpHostProfileJumpHostPolicy"): SESSIONS,
    ("cloudsplaining", "infrastructure modification", "JumpHostProfileJumpHostPolicy"): SESSIONS,
    ("control-tower", "ec2_instance_nitro_encryption_in_transit_check", "JumpHostJumpHost"): CHEAP_HOST,
    ("control-tower", "ec2_instance_no_public_ip_check", "JumpHostJumpHost"): PRIVATE_SUBNET,
    ("control-tower", "ecs_task_definition_nonroot_user_check", "NginxTaskDefinition"): NGINX,
}

pytestmark = pytest.mark.slow


def running(settings: Environment) -> dict[str, Any]:
    """Return a whole system as one template, after its first images."""
    files = parent.render(settings)
    parameters = json.loads(files["parent.json"])["Parameters"]
    return flatten(files, {name: DIGEST for name in parameters if name.endswith("ImageDigest")})


def findings(template: dict[str, Any]) -> set[tuple[str, ...]]:
    """Return checker, rule and resource of everything that the checkers find."""
    account = Account(template)
    system = {
        "template": template,
        "roles": account.policies("AWS::IAM::ManagedPolicy"),
        "endpoints": account.policies("AWS::EC2::VPCEndpoint"),
    }
    assert PYTHON.exists(), f"{PYTHON.relative_to(ROOT)} is not there; `make test-all` installs it"
    return {
        *_answer([PYTHON, "-W", "ignore", HERE / "checkers.py"], system),
        *_answer(["node", HERE / "node_checkers.cjs", installed(HERE)], template),
    }


def _answer(command: list[str | Path], question: object) -> set[tuple[str, ...]]:
    asked = json.dumps(question)
    answered = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    assert answered.returncode == 0, answered.stderr
    return {tuple(finding) for finding in json.loads(answered.stdout)}


def test_a_system_without_internet_has_no_finding_that_could_be_mended() -> None:
    assert findings(running(ISOLATED)) == set(STAYS)


def test_the_demo_has_no_finding_that_could_be_mended() -> None:
    demo = load(ROOT / "environments" / "demo.yaml")
    assert findings(running(demo)) == set(STAYS) | set(STAYS_IN_THE_DEMO)


def test_every_checker_sees_what_is_wrong() -> None:
    """A checker that no longer reads the templates would find nothing, and pass."""
    template = running(ISOLATED)
    policy = template["Resources"]["NginxExecutionPolicy"]["Properties"]["PolicyDocument"]
    policy["Statement"][0] |= {"Action": ["iam:PutRolePolicy", "s3:GetObjekt"], "Resource": ["*"]}
    template["Resources"]["FoundationDataKey"]["Properties"]["EnableKeyRotation"] = False
    assert findings(template) - set(STAYS) >= {
        ("cdk-nag", "AwsSolutions-KMS5", "FoundationDataKey"),
        ("cfripper", "PrivilegeEscalationRule", "NginxExecutionPolicy"),
        ("checkov", "CKV_AWS_109", "NginxExecutionPolicy"),
        ("cloudsplaining", "permissions management", "NginxExecutionPolicy"),
        ("control-tower", "kms_key_rotation_enabled_check", "FoundationDataKey"),
        ("parliament", "UNKNOWN_ACTION", "NginxExecutionPolicy"),
    }
