from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from described import VPC, ec2

from private_fargate.fabric.authority import Authority, Call, Caller, RoleRefusedError
from private_fargate.fabric.model import Network
from private_fargate.fabric.parts.places import Endpoint
from private_fargate.fabric.readers import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.session import Session

TASKS = "ecs-tasks.amazonaws.com"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PULL = "ecr:BatchGetImage"
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
GATEWAY = Endpoint(
    id="vpce-1",
    service_name="com.amazonaws.us-east-1.s3",
    kind="Gateway",
    state="available",
    interface_ids=(),
    route_table_ids=frozenset(),
    group_ids=frozenset(),
    has_private_dns=False,
    names=(),
    policy=None,
)
NETWORK = Network(
    region="us-east-1",
    vpc=places.vpc_of(ec2()),
    subnets={},
    route_tables={},
    internet_gateways={},
    nat_gateways={},
    endpoints={GATEWAY.id: GATEWAY},
    prefix_lists={},
    acls={},
    groups={},
    interfaces={},
    instances={},
    tasks={},
    namespaces={},
    discovery_services={},
    load_balancers={},
    target_groups={},
)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(service: str = TASKS, **condition: Any) -> str:
    more = {"Condition": condition} if condition else {}
    return document(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}
    )


def call(action: str, resource: str = "*", **context: str) -> Call:
    return Call(action=action, resource=resource, context={f"aws:{key}": it for key, it in context.items()})


@pytest.fixture(scope="module")
def account(aws: Session) -> str:
    return aws.client("sts").get_caller_identity()["Account"]


@pytest.fixture
def authority(aws: Session) -> Authority:
    return Authority(aws, NETWORK, clock=lambda: NOW)


@pytest.fixture(scope="module")
def make(aws: Session) -> Iterator[Callable[..., str]]:
    """Makes roles, and gives their ARNs."""
    iam, made = aws.client("iam"), []

    def role(name: str, *inline: dict[str, Any], trusts: str = trust(), **more: Any) -> str:
        found = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trusts, **more)["Role"]
        made.append(name)
        if inline:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*inline))
        return found["Arn"]

    yield role
    for name in made:
        for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


def session_of(authority: Authority, role: str, source: str | None = None) -> Caller:
    given = authority.credentials(role, service=TASKS, source_arn=source)
    found = authority.caller(given.access_key)
    assert found
    return found


def test_a_task_gets_keys_like_those_of_aws(
    authority: Authority, make: Callable[..., str], account: str
) -> None:
    role = make("authority-keys")
    task = f"arn:aws:ecs:us-east-1:{account}:task/demo/0123abcd"
    first = authority.credentials(role, service=TASKS, source_arn=task)
    second = authority.credentials(role, service=TASKS, source_arn=task)
    assert first.access_key.startswith("ASIA")
    assert (len(first.access_key), len(first.secret_key)) == (20, 40)
    assert first.access_key != second.access_key
    caller = authority.caller(first.access_key)
    assert caller
    assert caller.session_arn == f"arn:aws:sts::{account}:assumed-role/authority-keys/0123abcd"
    assert (caller.role_arn, caller.account) == (role, account)
    assert authority.caller("ASIAAAAAAAAAAAAAAAAA") is None


def test_a_role_is_for_the_service_that_it_trusts(
    authority: Authority, make: Callable[..., str], account: str
) -> None:
    here = {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{account}:*"}}
    mine = {"StringEquals": {"aws:SourceAccount": account}}
    authority.credentials(make("authority-here", trusts=trust(**here, **mine)), service=TASKS)
    refused = {
        make("authority-for-ec2", trusts=trust("ec2.amazonaws.com")): TASKS,
        make("authority-elsewhere", trusts=trust(ArnLike={"aws:SourceArn": "arn:aws:ecs:eu-*"})): TASKS,
        make(
            "authority-another",
            trusts=trust(StringEquals={"aws:SourceAccount": "999999999999"}),
        ): TASKS,
        f"arn:aws:iam::{account}:role/team/nobody": TASKS,
        f"arn:aws:iam::{account}:role/authority-here": TASKS,  # its path is another one
        make("authority-for-tasks"): "ec2.amazonaws.com",
    }
    for role, service in refused.items():
        with pytest.raises(RoleRefusedError) as told:
            authority.credentials(role, service=service)
        if service == TASKS:
            assert str(told.value).startswith(f"ECS was unable to assume the role '{role}' that was provided")
        else:
            assert str(told.value).startswith("EC2 cannot assume the role authority-for-tasks.")


def test_a_role_may_what_its_policies_say_in_their_present_version(
    aws: Session, authority: Authority, make: Callable[..., str], account: str
) -> None:
    iam = aws.client("iam")
    role = make("authority-policies", allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/team}-*"))
    iam.tag_role(RoleName="authority-policies", Tags=[{"Key": "team", "Value": "red"}])
    managed = iam.create_policy(PolicyName="authority-m", PolicyDocument=document(allow("sqs:*")))
    arn = managed["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("logs:CreateLogStream")), SetAsDefault=True
    )
    iam.attach_role_policy(RoleName="authority-policies", PolicyArn=arn)
    iam.attach_role_policy(RoleName="authority-policies", PolicyArn=EXECUTION)
    caller = session_of(authority, role)
    repository = f"arn:aws:ecr:us-east-1:{account}:repository/app"
    allowed = [("logs:CreateLogStream", "*"), (PULL, repository), ("s3:GetObject", "arn:aws:s3:::red-a/k")]
    refused = [("sqs:SendMessage", "*"), ("s3:GetObject", "arn:aws:s3:::blue-a/k"), ("ecr:PutImage", "*")]
    for action, resource in allowed:
        assert authority.judge(caller, call(action, resource), None).is_allowed, action
    for action, resource in refused:
        verdict = authority.judge(caller, call(action, resource), None)
        assert verdict.why == f"because no identity-based policy allows the {action} action"


def test_a_boundary_takes_away(aws: Session, authority: Authority, make: Callable[..., str]) -> None:
    boundary = aws.client("iam").create_policy(
        PolicyName="authority-b", PolicyDocument=document(allow("ecr:*"))
    )
    role = make("authority-bounded", allow("*"), PermissionsBoundary=boundary["Policy"]["Arn"])
    caller = session_of(authority, role)
    assert authority.judge(caller, call("ecr:GetAuthorizationToken"), None).is_allowed
    verdict = authority.judge(caller, call("sqs:ListQueues"), None)
    assert verdict.why == "because no permissions boundary allows the sqs:ListQueues action"


def test_the_policy_of_an_endpoint_asks_who_calls_from_where(
    authority: Authority, make: Callable[..., str], account: str
) -> None:
    caller = session_of(authority, make("authority-endpoint", allow("*")))
    mine = {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}}
    policy = json.loads(document(allow("ecr:*", Principal="*", Condition=mine)))
    repository = f"arn:aws:ecr:us-east-1:{account}:repository/app"
    assert authority.judge(caller, call(PULL, repository), policy).is_allowed
    assert authority.judge(caller, call("ecr:GetAuthorizationToken"), policy).is_allowed
    other = call(PULL, repository, resourceaccount="999999999999")
    assert (
        authority.judge(caller, other, policy).why
        == f"because no VPC endpoint policy allows the {PULL} action"
    )
    assert not authority.judge(caller, call("sqs:ListQueues"), policy).is_allowed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalType", "AssumedRole"),
        ("aws:PrincipalIsAWSService", "false"),
        ("aws:ViaAWSService", "false"),
        ("aws:SecureTransport", "true"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:CurrentTime", "2026-01-31T12:00:00Z"),
        ("aws:EpochTime", "1769860800"),
        ("aws:TokenIssueTime", "2026-01-31T12:00:00Z"),
        ("aws:userid", "AROA*:0123abcd"),
        ("aws:PrincipalArn", "arn:aws:iam::*:role/team/authority-context-*"),
    ],
)
def test_conditions_know_the_caller_and_the_moment(
    authority: Authority, make: Callable[..., str], account: str, key: str, value: str
) -> None:
    role = make(f"authority-context-{key.replace(':', '-')}", allow("*"))
    caller = session_of(authority, role, f"arn:aws:ecs:us-east-1:{account}:task/demo/0123abcd")
    policy = json.loads(document(allow("*", Principal="*", Condition={"StringLike": {key: value}})))
    assert authority.judge(caller, call("sqs:ListQueues"), policy).is_allowed


def test_an_address_is_known_only_on_the_internet(authority: Authority, make: Callable[..., str]) -> None:
    caller = session_of(authority, make("authority-address", allow("*")))
    policy = json.loads(
        document(
            allow("*", Principal="*", Condition={"Null": {"aws:SourceIp": "true", "aws:username": "true"}})
        )
    )
    assert authority.judge(caller, call("sqs:ListQueues"), policy).is_allowed
    assert not authority.judge(caller, call("sqs:ListQueues", sourceip="192.0.2.1"), policy).is_allowed


def test_a_gateway_endpoint_knows_no_names(authority: Authority, make: Callable[..., str]) -> None:
    role = make("authority-gateway", allow("*"))
    caller = session_of(authority, role)
    policy = json.loads(document(allow("*", Principal={"AWS": role})))
    read = call("s3:GetObject", "arn:aws:s3:::some-bucket/key")
    assert authority.judge(caller, read, policy).is_allowed
    by_gateway = replace(read, context={"aws:sourcevpce": GATEWAY.id, "aws:sourcevpc": VPC})
    assert not authority.judge(caller, by_gateway, policy).is_allowed


def test_an_object_of_aws_is_for_whomever_the_endpoint_lets_through(authority: Authority) -> None:
    layers = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/"
    policy = json.loads(document(allow("s3:GetObject", f"{layers}*", Principal="*")))
    assert authority.judge(None, call("s3:GetObject", f"{layers}a"), policy).is_allowed
    assert authority.judge(None, call("s3:GetObject", f"{layers}a"), None).is_allowed
    assert not authority.judge(None, call("s3:GetObject", "arn:aws:s3:::al2023-repos/a"), policy).is_allowed
    assert not authority.judge(None, call("sqs:ListQueues"), None).is_allowed


def test_a_bucket_of_ours_is_not_for_everybody(
    aws: Session, authority: Authority, make: Callable[..., str]
) -> None:
    s3 = aws.client("s3")
    for name in ("authority-private", "authority-public"):
        s3.create_bucket(Bucket=name)
    arn = "arn:aws:s3:::authority-public"
    s3.put_bucket_policy(
        Bucket="authority-public", Policy=document(allow("s3:GetObject", f"{arn}/*", Principal="*"))
    )
    assert authority.judge(None, call("s3:GetObject", f"{arn}/a/b"), None).is_allowed
    assert not authority.judge(None, call("s3:PutObject", f"{arn}/a/b"), None).is_allowed
    private = call("s3:GetObject", "arn:aws:s3:::authority-private/a/b")
    verdict = authority.judge(None, private, None)
    assert verdict.why == "because no resource-based policy allows the s3:GetObject action"
    reader = session_of(authority, make("authority-reader", allow("s3:GetObject")))
    assert authority.judge(reader, private, None).is_allowed


def test_a_secret_or_a_repository_may_let_a_role_in_or_keep_it_out(
    aws: Session, authority: Authority, make: Callable[..., str], account: str
) -> None:
    role = make("authority-attached")
    caller = session_of(authority, role)
    secrets, ecr = aws.client("secretsmanager"), aws.client("ecr")
    secret = secrets.create_secret(Name="authority/a", SecretString="x")["ARN"]
    secrets.put_resource_policy(
        SecretId=secret,
        ResourcePolicy=document(allow("secretsmanager:GetSecretValue", Principal={"AWS": role})),
    )
    assert authority.judge(caller, call("secretsmanager:GetSecretValue", secret), None).is_allowed
    assert not authority.judge(caller, call("secretsmanager:PutSecretValue", secret), None).is_allowed
    ecr.create_repository(repositoryName="authority/r")
    closed = {"Effect": "Deny", "Principal": {"AWS": account}, "Action": "ecr:*"}
    ecr.set_repository_policy(repositoryName="authority/r", policyText=document(closed))
    pull = call(PULL, f"arn:aws:ecr:us-east-1:{account}:repository/authority/r")
    assert authority.judge(caller, pull, None).why == "with an explicit deny in a resource-based policy"


def test_a_key_is_for_whom_its_policy_says(
    aws: Session, authority: Authority, make: Callable[..., str], account: str
) -> None:
    with_permission = session_of(authority, make("authority-key", allow("kms:Decrypt")))
    without = session_of(authority, make("authority-no-key"))
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    decrypt = Call(
        action="kms:Decrypt",
        resource=key,
        context={
            "kms:viaservice": "secretsmanager.us-east-1.amazonaws.com",
            "kms:encryptioncontext:secretarn": "arn:aws:secretsmanager:us-east-1:1:secret:a-abcdef",
        },
    )
    assert authority.judge(with_permission, decrypt, None).is_allowed
    assert not authority.judge(without, decrypt, None).is_allowed
    own = {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"},
        "ArnLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:*:*:secret:a-*"},
    }
    named = json.loads(document(allow("kms:Decrypt", Principal={"AWS": without.role_arn}, Condition=own)))
    assert authority.judge_key(without, decrypt, named).is_allowed
    assert not authority.judge_key(without, replace(decrypt, context={}), named).is_allowed
    verdict = authority.judge_key(with_permission, decrypt, named)
    assert verdict.why == "because no resource-based policy allows the kms:Decrypt action"
    other_key = key.replace(key[-12:], "0" * 12)
    assert not authority.judge(with_permission, replace(decrypt, resource=other_key), None).is_allowed
    foreign = key.replace(account, "999999999999")
    assert not authority.judge(with_permission, replace(decrypt, resource=foreign), None).is_allowed


def test_what_is_of_another_account_needs_its_consent(
    authority: Authority, make: Callable[..., str], account: str
) -> None:
    caller = session_of(authority, make("authority-across", allow("ecr:*")))
    foreign = call(PULL, "arn:aws:ecr:us-east-1:999999999999:repository/app")
    assert not authority.judge(caller, foreign, None).is_allowed
    consent = json.loads(document({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "ecr:*"}))
    assert authority.judge(caller, foreign, None, resource_policy=consent).is_allowed


def test_a_policy_that_aws_would_refuse_lets_nothing_through(
    authority: Authority, make: Callable[..., str]
) -> None:
    caller = session_of(authority, make("authority-endpoint-bad", allow("*")))
    verdict = authority.judge(caller, call("sqs:ListQueues"), {"Statement": allow("*")})
    assert not verdict.is_allowed
    assert "AWS would refuse" in verdict.why


def test_a_role_with_such_a_policy_may_nothing(authority: Authority, make: Callable[..., str]) -> None:
    """The embedded AWS stores what AWS would not; the rest of the role would be too much to go by."""
    unheard = {"StringMatches": {"aws:SourceVpc": "vpc-1"}}
    role = make("authority-bad", allow("sqs:*"), allow("s3:*", Condition=unheard))
    verdict = authority.judge(session_of(authority, role), call("sqs:ListQueues"), None)
    assert not verdict.is_allowed
    assert verdict.why == (
        "because inline is a policy that AWS would refuse (StringMatches is no condition operator)"
    )


def test_the_account_of_a_bucket_is_what_the_door_says(
    authority: Authority, make: Callable[..., str], account: str
) -> None:
    caller = session_of(authority, make("authority-bucket", allow("*")))
    mine = {"StringEquals": {"aws:ResourceAccount": account}}
    policy = json.loads(document(allow("*", Principal="*", Condition=mine)))
    read = "s3:GetObject", "arn:aws:s3:::some-bucket/key"
    assert not authority.judge(caller, call(*read), policy).is_allowed
    assert authority.judge(caller, call(*read, resourceaccount=account), policy).is_allowed
