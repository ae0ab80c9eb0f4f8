"""The launch role: all that a launch calls, and nothing beside; and no way from it to more."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flatten import flatten
from launch_calls import BUCKET, HERE, Call, Launch, decide, named, policies_of, refused
from pydantic import ValidationError
from systems import environment, service

from private_fargate.aws.handlers.launching import ON_STACKS, ON_TEMPLATES
from private_fargate.aws.handlers.parameters import ZONE_LOOKUP
from private_fargate.config import loading
from private_fargate.config.catalog import Catalog
from private_fargate.config.derived import launch_role_name
from private_fargate.config.models import Network, SecretsManagerSecret
from private_fargate.lint import lint
from private_fargate.verify.iam import read
from stacks import launch_role
from stacks.launch_role.pieces import cut, size, whole

if TYPE_CHECKING:
    from account import Document

    from private_fargate.config.models import Environment
    from private_fargate.verify.iam import Policy

ENVIRONMENTS = {path.stem: path for path in sorted(Path("environments").glob("*.yaml"))}
WHO = {"portfolio": "Platform", "provider": "Platform team"}
CATALOG = Catalog(**WHO, notify=True)
NAMES = [*ENVIRONMENTS, "regional"]
ADMIN: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def offered(name: str) -> Environment:
    """Return an example as a product, or one with options that no example has."""
    if name in ENVIRONMENTS:
        return loading.load(ENVIRONMENTS[name]).model_copy(update={"catalog": CATALOG})
    secrets = {"KEY": SecretsManagerSecret(secretsmanager="demo/key:token::"), "LEVEL": "/demo/level"}
    web = service(exec=True, secrets=secrets)
    return environment({"web": web}, network=Network(egress="nat-regional"), catalog=CATALOG)


@cache
def launch(name: str) -> Launch:
    return Launch(offered(name))


@cache
def documents(name: str) -> dict[str, Document]:
    return launch(name).documents()


@cache
def policies(name: str) -> list[Policy]:
    return policies_of(documents(name))


def statements(name: str, effect: str) -> list[dict[str, Any]]:
    return [
        statement
        for title, document in documents(name).items()
        if title != "Boundary"
        for statement in document["Statement"]
        if statement["Effect"] == effect
    ]


# It is sufficient


@pytest.mark.parametrize("name", NAMES)
def test_all_that_the_handlers_of_each_type_call_is_allowed(name: str) -> None:
    needed = launch(name).needed()
    calls = {action: launch(name).calls(action) for action in set().union(*needed.values())}
    refused_calls = {
        action: [str(call) for call in each if decide(policies(name), call) is not True]
        for action, each in calls.items()
    }
    assert len(needed) > 15
    assert len(calls) > 150
    assert [
        f"{of}: {call}"
        for of, actions in needed.items()
        for action in actions
        for call in refused_calls[action]
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_all_that_service_catalog_calls_is_allowed(name: str) -> None:
    calls = [call for action in ON_STACKS | ON_TEMPLATES for call in launch(name).calls(action)]
    assert [str(call) for call in calls if decide(policies(name), call) is not True] == []


LEFT_OUT = {
    "AWS::CloudFormation::Stack": {"cloudformation:UpdateTerminationProtection", "iam:PassRole"},
    "AWS::EC2::EIP": {"ec2:AcceptAddressTransfer", "ec2:AssociateAddress"},
    "AWS::EC2::FlowLog": {"s3:GetBucketPolicy", "s3:PutBucketPolicy"},
    "AWS::EC2::Instance": {
        "ec2:AttachVolume",
        "ec2:DetachVolume",
        "ec2:ModifyInstanceCreditSpecification",
        "ec2:ModifyInstanceMaintenanceOptions",
        "ec2:ModifyInstancePlacement",
        "ec2:ModifyPrivateDnsNameOptions",
        "ssm:CreateAssociation",
        "ssm:DeleteAssociation",
    },
    "AWS::EC2::NatGateway": {
        "ec2:AssignPrivateNatGatewayAddress",
        "ec2:AssociateNatGatewayAddress",
        "ec2:DisassociateNatGatewayAddress",
        "ec2:UnassignPrivateNatGatewayAddress",
    },
    "AWS::EC2::Subnet": {"ec2:AssociateSubnetCidrBlock", "ec2:DisassociateSubnetCidrBlock"},
    "AWS::EC2::VPC": {"ec2:CreateVpcEncryptionControl", "ec2:ModifyVpcTenancy"},
    "AWS::EC2::VPCEndpoint": {
        "vpc-lattice:CreateServiceNetworkVpcEndpointAssociation",
        "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation",
        "vpce:AllowMultiRegion",
    },
    "AWS::EC2::VPCGatewayAttachment": {"ec2:AttachVpnGateway", "ec2:DetachVpnGateway"},
    "AWS::ECR::Repository": {"ecr:DeleteRepositoryPolicy", "ecr:SetRepositoryPolicy"},
    "AWS::ECS::Cluster": {"ecs:PutAccountSetting", "ecs:PutAccountSettingDefault"},
    "AWS::IAM::ManagedPolicy": {
        "iam:AttachGroupPolicy",
        "iam:AttachUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachUserPolicy",
    },
    "AWS::IAM::Role": {
        "iam:AttachRolePolicy",  # by the role's own property; its policies bring it
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
    },
    "AWS::KMS::Key": {"kms:DisableKey", "kms:EnableKey"},
    "AWS::Logs::LogGroup": {
        "firehose:TagDeliveryStream",
        "logs:CreateLogDelivery",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:PutBearerTokenAuthentication",
        "logs:PutDataProtectionPolicy",
        "logs:PutIndexPolicy",
        "logs:PutLogGroupDeletionProtection",
        "logs:PutResourcePolicy",
        "s3:REST.PUT.OBJECT",
    },
    "AWS::ServiceDiscovery::PrivateDnsNamespace": {"route53:ChangeResourceRecordSets"},
    "AWS::ServiceDiscovery::Service": {
        "servicediscovery:DeleteServiceAttributes",
        "servicediscovery:UpdateServiceAttributes",
    },
}
"""What schemas list for properties that our templates never have, and what nobody is to have."""


@pytest.mark.parametrize("name", NAMES)
def test_what_schemas_list_and_the_role_does_not_get_is_said(name: str) -> None:
    needed = launch(name).needed()
    left = {of: listed - needed[of] for of, listed in launch(name).listed().items()}
    assert {of: actions for of, actions in left.items() if actions} == {
        of: actions for of, actions in LEFT_OUT.items() if of in left
    }


def test_the_form_finds_the_image_of_the_jump_host() -> None:
    image = "parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    published = Call(action="ssm:GetParameters", resource=f"arn:aws:ssm:us-east-1::{image}")
    ours = Call(action="ssm:GetParameters", resource=f"arn:aws:ssm:us-east-1:{HERE}:{image}")
    assert decide(policies("demo"), published) is True
    assert decide(policies("demo"), ours) is False
    assert decide(policies("demo"), Call(action="ec2:DescribeImages")) is True


def test_values_of_the_form_and_zones_are_looked_up() -> None:
    for action in ZONE_LOOKUP | {"ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"}:
        assert decide(policies("isolated"), Call(action=action)) is True, action


@pytest.mark.parametrize(
    "service",
    ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "ec2.amazonaws.com.cn", "vpc-flow-logs.amazonaws.com"],
)
def test_roles_reach_the_services_that_the_templates_name(service: str) -> None:
    call = Call(action="iam:PassRole", resource=named("role"), context={"iam:PassedToService": service})
    assert decide(policies("demo"), call) is True


def test_a_regional_nat_gateway_gets_its_service_linked_role() -> None:
    name = "ec2-nat-gateway.amazonaws.com"
    call = Call(
        action="iam:CreateServiceLinkedRole",
        resource=f"arn:aws:iam::{HERE}:role/aws-service-role/{name}/AWSServiceRoleForNATGateway",
        context={"iam:AWSServiceName": name},
    )
    assert decide(policies("regional"), call) is True
    assert decide(policies("demo"), call) is False


def test_nested_templates_and_service_catalogs_copy_are_read() -> None:
    nested = Call(action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/templates/0a1b/network.json")
    copy = Call(
        action="s3:GetObject",
        resource="arn:aws:s3:::sc-0123456789-pa-0123456789/sc-0a1b2c3d",
        context={"s3:ExistingObjectTag/servicecatalog:provisioning": "true"},
    )
    assert decide(policies("demo"), nested) is decide(policies("demo"), copy) is True


def test_launches_are_told_where_the_settings_say_so() -> None:
    topic = "arn:aws:sns:us-east-1:999999999999:demo-launches"
    told, silent = offered("regional"), CATALOG.model_copy(update={"notify": False})
    assert decide(policies("regional"), Call(action="sns:Publish", resource=topic)) is True
    assert decide(policies("regional"), Call(action="sns:Publish", resource=f"{topic}-2")) is False
    quiet = Launch(told.model_copy(update={"catalog": silent})).documents()
    assert decide(policies_of(quiet), Call(action="sns:Publish", resource=topic)) is False


# It is minimal


@pytest.mark.parametrize("name", NAMES)
def test_no_action_is_allowed_that_nothing_calls(name: str) -> None:
    looked_up = {"ec2:DescribeAvailabilityZones", "ec2:DescribeImages", "ssm:GetParameters"}
    said = {*ON_STACKS, *ON_TEMPLATES, "s3:GetObject", "sns:Publish", *ZONE_LOOKUP}
    needed = set().union(*launch(name).needed().values())
    allowed = {action for statement in statements(name, "Allow") for action in statement["Action"]}
    assert allowed - needed - said - looked_up == set()
    assert not {action for action in allowed if "*" in action}


@pytest.mark.parametrize("name", NAMES)
def test_no_service_is_used_that_no_template_uses(name: str) -> None:
    services = {
        action.split(":")[0] for statement in statements(name, "Allow") for action in statement["Action"]
    }
    used = {action.split(":")[0] for actions in launch(name).needed().values() for action in actions}
    image = {"ssm"} if "AWS::EC2::Instance" in launch(name).needed() else set[str]()
    assert services == used | image | {"s3", "sns"}
    assert services <= {
        "autoscaling",  # the handler of flow logs looks for tags there
        "cloudformation",
        "ec2",
        "ecr",
        "ecs",
        "iam",
        "kms",
        "logs",
        "route53",
        "s3",
        "servicediscovery",
        "sns",
        "ssm",
    }


@pytest.mark.parametrize(
    "action", ["ec2:RunInstances", "iam:CreateInstanceProfile", "ssm:GetParameters", "ec2:CreateNatGateway"]
)
def test_a_system_without_hosts_and_gateways_brings_no_right_to_make_them(action: str) -> None:
    assert all(action not in statement["Action"] for statement in statements("isolated", "Allow"))
    assert any(action in statement["Action"] for statement in statements("demo", "Allow"))


REFUSED = refused(launch("demo"))


@pytest.mark.parametrize("call", REFUSED, ids=str)
def test_what_lies_beside_a_launch_is_refused(call: Call) -> None:
    assert decide(policies("demo"), call) is False


def test_each_statement_that_allows_is_needed() -> None:
    """Without any one of them something that a launch calls would be refused."""
    calls = [
        *launch("demo").all_calls(),
        Call(
            action="ssm:GetParameters",
            resource="arn:aws:ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest/x",
        ),
        Call(action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/templates/network.json"),
        Call(
            action="s3:GetObject",
            resource="arn:aws:s3:::sc-1/parent.json",
            context={"s3:ExistingObjectTag/servicecatalog:provisioning": "true"},
        ),
        Call(
            action="sns:Publish", resource="arn:aws:sns:us-east-1:999999999999:private-fargate-demo-launches"
        ),
    ]
    assert all(decide(policies("demo"), call) is True for call in calls)
    idle = []
    for statement in statements("demo", "Allow"):
        fewer = deepcopy(documents("demo"))
        for document in fewer.values():
            document["Statement"] = [each for each in document["Statement"] if each != statement]
        rest = policies_of(fewer)
        mine = [call for call in calls if call.action in statement["Action"]]
        if all(decide(rest, call) is True for call in mine):
            idle.append(statement["Sid"])
    assert idle == []
    assert len(statements("demo", "Allow")) > 20


# And there is no way from it to more


@pytest.mark.parametrize(
    "call",
    [
        Call(action="iam:DeleteRolePermissionsBoundary", resource=named("role")),
        Call(action="iam:CreatePolicyVersion", resource=launch("demo").boundary),
        Call(action="iam:AttachRolePolicy", resource=launch("demo").role),
    ],
    ids=str,
)
def test_it_cannot_free_itself_even_if_somebody_makes_it_an_administrator(call: Call) -> None:
    assert decide([read(ADMIN, "Admin")], call) is True
    assert decide([*policies("demo"), read(ADMIN, "Admin")], call) is False


def test_it_cannot_change_itself_under_a_name_like_those_of_products() -> None:
    chosen = CATALOG.model_copy(update={"launch_role": "SC-launch"})
    itself = Launch(offered("demo").model_copy(update={"catalog": chosen}))
    call = Call(action="iam:UpdateAssumeRolePolicy", resource=itself.role)
    assert itself.role.endswith("role/SC-launch-us-east-1")
    assert decide(policies_of(itself.documents()), call) is False


@pytest.mark.parametrize("name", NAMES)
def test_each_role_of_a_product_has_the_boundary(name: str) -> None:
    roles = [
        resource["Properties"]
        for text in launch(name).templates.values()
        for resource in json.loads(text)["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
    ]
    called = f"{offered(name).name}-boundary-${{AWS::Region}}"
    arn = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{called}"
    assert roles
    assert [role.get("PermissionsBoundary") for role in roles] == [{"Fn::Sub": arn}] * len(roles)


@pytest.mark.parametrize("name", NAMES)
def test_the_boundary_allows_what_the_roles_of_the_templates_say_and_nothing_else(name: str) -> None:
    said = {
        action
        for text in launch(name).templates.values()
        for resource in json.loads(text)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    allowed = {action for each in documents(name)["Boundary"]["Statement"] for action in each["Action"]}
    assert allowed == said
    assert not {action for action in allowed if "*" in action or action.startswith(("iam:", "sts:"))}


def test_the_boundary_lets_a_task_start_and_no_further() -> None:
    bound = [read(documents("regional")["Boundary"], "Boundary")]
    log = f"arn:aws:logs:us-east-1:{HERE}:log-group"
    for call in (
        Call(action="logs:PutLogEvents", resource=f"{log}:SC-{HERE}-pp-1-Web-2-LogGroup-3:log-stream:web/1"),
        Call(action="ecr:BatchGetImage", resource="arn:aws:ecr:eu-west-1:999999999999:repository/web"),
        Call(action="ecr:GetAuthorizationToken"),
        Call(
            action="secretsmanager:GetSecretValue",
            resource="arn:aws:secretsmanager:us-east-1:1:secret:demo/key-a",
        ),
        Call(action="ssm:GetParameters", resource=f"arn:aws:ssm:us-east-1:{HERE}:parameter/demo/level"),
        Call(action="ssmmessages:OpenDataChannel"),
        Call(action="kms:Decrypt", resource=f"arn:aws:kms:us-east-1:{HERE}:key/0a1b"),
    ):
        assert decide(bound, call) is True, call
    for call in (
        Call(action="logs:PutLogEvents", resource=f"{log}:production:log-stream:web/1"),
        Call(action="logs:CreateLogGroup", resource=f"{log}:SC-1"),
        Call(action="s3:GetObject", resource="arn:aws:s3:::data/secret"),
        Call(action="sts:AssumeRole", resource=named("role")),
        Call(action="iam:CreateRole", resource=named("role")),
    ):
        assert decide(bound, call) is False, call
    without = [read(documents("minimal")["Boundary"], "Boundary")]
    assert decide(without, Call(action="secretsmanager:GetSecretValue", resource="*")) is False


def test_a_system_without_roles_is_bounded_to_nothing() -> None:
    cluster = {"parent.json": json.dumps({"Resources": {"C": {"Type": "AWS::ECS::Cluster"}}}).encode()}
    files = launch_role.render(offered("demo"), cluster)
    document = flatten(files, {"ArtifactBucketName": BUCKET})["Resources"]["Boundary"]["Properties"]
    assert document["PolicyDocument"]["Statement"] != []  # IAM takes no policy without one
    assert decide([read(document["PolicyDocument"], "Boundary")], Call(action="s3:GetObject")) is False


# It serves all versions that can be in use


@cache
def version(name: str) -> Launch:
    """An example as a version of one product: under the same name as the others."""
    return Launch(offered(name).model_copy(update={"name": "shop"}))


def test_the_role_of_several_versions_may_do_what_any_of_them_calls_and_nothing_else() -> None:
    """The isolated system has no jump host and no gateway."""
    names = ("isolated", "demo")
    found = version("isolated").documents(version("demo"))
    for name in names:
        calls = version(name).all_calls()
        assert len(calls) > 150
        assert [str(call) for call in calls if decide(policies_of(found), call) is not True] == []
    actions = {
        title: {action for statement in document["Statement"] for action in statement["Action"]}
        for title, document in found.items()
    }
    assert set().union(*actions.values()) == {
        action
        for name in names
        for document in documents(name).values()
        for statement in document["Statement"]
        for action in statement["Action"]
    }


def test_the_boundary_of_several_versions_bounds_the_roles_of_none_too_much() -> None:
    together = version("minimal").documents(version("regional"))
    secret = Call(
        action="secretsmanager:GetSecretValue",
        resource="arn:aws:secretsmanager:us-east-1:1:secret:demo/key-a",
    )
    assert decide([read(together["Boundary"], "Boundary")], secret) is True
    assert decide([read(documents("minimal")["Boundary"], "Boundary")], secret) is False


def test_all_examples_together_are_not_too_much_for_one_role() -> None:
    found = version("demo").documents(*map(version, NAMES))
    assert len(found) <= 11
    assert all(len(json.dumps(each, separators=(",", ":"))) <= 6144 for each in found.values())


# It stands in every account, under one name


def template(name: str) -> dict[str, Any]:
    return json.loads(launch_role.render(offered(name), launch(name).templates)["parent.json"])


def test_only_service_catalog_takes_it() -> None:
    (statement,) = template("demo")["Resources"]["LaunchRole"]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert statement["Principal"] == {"Service": "servicecatalog.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["sts:AssumeRole"])


def test_each_region_of_an_account_has_a_role_and_a_boundary_of_its_own() -> None:
    """IAM has one list of names for all Regions, and what the role may do is of one."""
    resources = template("demo")["Resources"]
    role, boundary = (f"private-fargate-demo-{what}-${{AWS::Region}}" for what in ("launch", "boundary"))
    assert resources["LaunchRole"]["Properties"]["RoleName"] == {"Fn::Sub": role}
    assert resources["Boundary"]["Properties"]["ManagedPolicyName"] == {"Fn::Sub": boundary}


def test_a_role_that_the_settings_name_has_the_region_too() -> None:
    chosen = CATALOG.model_copy(update={"launch_role": "SC-launch"})
    settings = offered("demo").model_copy(update={"catalog": chosen})
    assert launch_role_name(settings, "eu-west-1") == "SC-launch-eu-west-1"


def test_no_name_of_a_role_is_longer_than_iam_takes() -> None:
    """However long the environment's name or the role's in the settings is, and in whichever Region."""
    longest = offered("demo").model_copy(update={"name": "n" * 32})
    chosen = longest.model_copy(update={"catalog": Catalog(**WHO, launch_role="r" * 48)})
    assert {len(launch_role_name(each, "ap-southeast-99")) <= 64 for each in (longest, chosen)} == {True}
    with pytest.raises(ValidationError, match="not the name of a role to which a Region is added"):
        Catalog(**WHO, launch_role="r" * 49)


def test_the_account_that_gets_only_the_role_is_asked_for_the_bucket_alone() -> None:
    alone = template("demo")
    assert list(alone["Parameters"]) == ["ArtifactBucketName"]
    assert set(alone["Outputs"]) == {"LaunchRoleName", "LaunchRoleArn", "BoundaryArn"}


@pytest.mark.parametrize(
    "name", ["demo", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES if name != "demo")]
)
def test_linters_find_nothing_in_any_partition(name: str) -> None:
    files = launch_role.render(offered(name), launch(name).templates)
    assert lint(files, ["us-east-1", "cn-north-1", "us-gov-west-1"]) == ()
    assert b"arn:aws:" not in files["parent.json"]


# Policies have their limits


@pytest.mark.parametrize("name", NAMES)
def test_each_policy_is_small_enough_for_iam(name: str) -> None:
    found = documents(name)
    assert len(found) <= 11
    assert all(len(json.dumps(each, separators=(",", ":"))) <= 6144 for each in found.values())


def _large(sid: str, actions: int) -> Any:
    from awacs.aws import Action  # noqa: PLC0415  # only here

    from private_fargate.kit.policy import allow  # noqa: PLC0415

    return allow(
        sid, [Action("ec2", f"DescribeSomethingLong{number:04}") for number in range(actions)], ["*"]
    )


def test_what_is_too_much_for_one_policy_goes_on_in_the_next() -> None:
    many = [_large(f"Sid{number}", 80) for number in range(5)]
    pieces = cut({"Network": many, "Identity": [_large("Other", 1)]})
    assert list(pieces) == ["NetworkPolicy", "NetworkPolicy2", "NetworkPolicy3", "IdentityPolicy"]
    assert [statement for piece in pieces.values() for statement in piece][:-1] == many
    assert max(size(piece) for piece in pieces.values()) <= 6144


def test_more_than_a_role_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="11 policies are more than the 10"):
        cut({"Network": [_large(f"Sid{number}", 100) for number in range(11)]})
    with pytest.raises(ValueError, match=r"Huge of Network has more than 6144 characters"):
        cut({"Network": [_large("Huge", 400)]})


def test_a_boundary_that_is_too_large_is_refused() -> None:
    """It cannot be cut: a role has one."""
    assert whole("Boundary", [_large("One", 100)])
    with pytest.raises(ValueError, match=r"Boundary has \d+ characters, more than the 6144"):
        whole("Boundary", [_large("One", 100), _large("Other", 100)])


# What it could not make is refused before anybody launches it


def one(cfn_type: str, **properties: Any) -> dict[str, bytes]:
    resource = {"Type": cfn_type, "Properties": properties}
    return {"parent.json": json.dumps({"Resources": {"Thing": resource}}).encode()}


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        (one("AWS::Lambda::Function"), "Thing: nobody knows what the handlers of AWS::Lambda::Function call"),
        (one("AWS::IAM::Role"), "Thing: a role without a PermissionsBoundary"),
        (one("AWS::IAM::Role", PermissionsBoundary="b", ManagedPolicyArns=["x"]), "Thing: ManagedPolicyArns"),
    ],
)
def test_what_it_could_not_make_is_refused(templates: dict[str, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        launch_role.Config.of(offered("demo"), templates)


def test_a_right_of_which_nobody_decided_on_what_is_refused() -> None:
    templates = one("AWS::EC2::VPCEndpoint", ServiceRegion="eu-west-1")
    with pytest.raises(ValueError, match="vpce:AllowMultiRegion: it is needed, and no grant"):
        launch_role.render(offered("demo"), templates)


def test_without_a_catalog_there_is_no_launch_role() -> None:
    with pytest.raises(ValueError, match="demo has no catalog"):
        launch_role.Config.of(environment(), {})
