# ruff: noqa: E501 -- a table: one pair, one row
"""Pairs of templates, each with the verdict that was written down before anything was run.

`cdk` says what the diff of the CDK made of such a pair, measured on @aws-cdk/cloudformation-diff 2.187.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Resources = dict[str, Any]

ECS = {"Service": "ecs-tasks.amazonaws.com"}
BUCKET = "arn:aws:s3:::store/*"


@dataclass(frozen=True)
class Case:
    """A pair; `expected` is every change there is, as subject and direction."""

    name: str
    before: Resources
    after: Resources
    expected: tuple[tuple[str, str], ...]
    cdk: str = ""
    more: tuple[tuple[str, Any], ...] = ()


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def trust(principal: Any = ECS, **more: Any) -> dict[str, Any]:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def role(*statements: Any, **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "own", "PolicyDocument": document(*statements)}] if statements else []
    given = {"AssumeRolePolicyDocument": trust(), "Policies": policies}
    return resource("IAM::Role", **{**given, **properties})


def of_role(before: dict[str, Any], after: dict[str, Any]) -> tuple[Resources, Resources]:
    return {"Role": before}, {"Role": after}


def group(*ingress: dict[str, Any], egress: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    out = egress or [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}]
    return resource(
        "EC2::SecurityGroup",
        GroupDescription="g",
        SecurityGroupIngress=list(ingress),
        SecurityGroupEgress=out,
    )


def tcp(port: int, last: int | None = None, **peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": last or port, **peer}


def same_type(kind: str, before: dict[str, Any], after: dict[str, Any]) -> tuple[Resources, Resources]:
    return {"It": resource(kind, **before)}, {"It": resource(kind, **after)}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


GET, PUT = allow("s3:GetObject", BUCKET), allow("s3:PutObject", BUCKET)
VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
TLS = deny("s3:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
IDENTITY, TRUST = "identity policy", "trust"
WIDER, NARROWER = ((IDENTITY, "widened"),), ((IDENTITY, "narrowed"),)
OTHER = "arn:aws:iam::222233334444:root"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
PULL = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
IF = (
    ("Parameters", {"Stage": {"Type": "String"}}),
    ("Conditions", {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}),
)
IF_TRUE = (
    ("Parameters", {"Stage": {"Type": "String", "Default": "prod"}}),
    ("Conditions", {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}),
)

OPEN = (("Parameters", {"Stage": {"Type": "String"}}),)  # no condition asks for it, so it stays open


def conditional(yes: Any, no: Any) -> Any:
    return {"Fn::If": ["Prod", yes, no]}


def policy(*statements: Any) -> dict[str, Any]:
    return {"PolicyName": "own", "PolicyDocument": document(*statements)}


IDENTITIES = [
    Case("one letter may be any", *of_role(role(GET), role(GET, allow("s3:Put?bject", BUCKET))), WIDER),
    Case("a role may do more", *of_role(role(GET), role(GET, PUT)), WIDER, "right"),
    Case("a role may do less", *of_role(role(GET, PUT), role(GET)), NARROWER),
    Case("s3:* becomes GetObject", *of_role(role(allow("s3:*", BUCKET)), role(GET)), NARROWER, "false alarm"),
    Case("GetObject becomes s3:*", *of_role(role(GET), role(allow("s3:*", BUCKET))), WIDER, "right"),
    Case("a resource becomes all", *of_role(role(GET), role(allow("s3:GetObject"))), WIDER, "right"),
    Case(
        "only the case differs", *of_role(role(GET), role(allow("S3:getobject", BUCKET))), (), "false alarm"
    ),
    Case(
        "a statement is split",
        *of_role(role(allow(["s3:GetObject", "s3:PutObject"], BUCKET)), role(GET, PUT)),
        (),
        "false alarm",
    ),
    Case(
        "a redundant subset goes",
        *of_role(role(allow("s3:*"), GET), role(allow("s3:*"))),
        (),
        "false alarm",
    ),
    Case(
        "a redundant subset comes",
        *of_role(role(allow("s3:*")), role(allow("s3:*"), GET)),
        (),
        "false alarm",
    ),
    Case(
        "only the Sid differs",
        *of_role(role(GET | {"Sid": "A"}), role(GET | {"Sid": "B"})),
        (),
        "false alarm",
    ),
    Case("the order differs", *of_role(role(GET, PUT), role(PUT, GET)), ()),
    Case("a list of one", *of_role(role(GET), role(allow(["s3:GetObject"], [BUCKET]))), ()),
    Case(
        "a condition comes",
        *of_role(role(GET), role(GET | {"Condition": VPC})),
        NARROWER,
        "false alarm",
    ),
    Case("a condition goes", *of_role(role(GET | {"Condition": VPC}), role(GET)), WIDER, "right"),
    Case(
        "one of two conditions goes",
        *of_role(role(GET | {"Condition": VPC | MFA}), role(GET | {"Condition": VPC})),
        WIDER,
    ),
    Case(
        "a condition has more values",
        *of_role(
            role(GET | {"Condition": VPC}),
            role(GET | {"Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}}),
        ),
        WIDER,
    ),
    Case(
        "a negative condition has more values",
        *of_role(
            role(GET | {"Condition": {"StringNotEquals": {"aws:SourceVpc": ["vpc-1"]}}}),
            role(GET | {"Condition": {"StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}}),
        ),
        NARROWER,
    ),
    Case(
        "a network in a condition grows",
        *of_role(
            role(GET | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/16"}}}),
            role(GET | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
        ),
        WIDER,
    ),
    Case(
        "equal becomes like, with a star",
        *of_role(
            role(GET | {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "app"}}}),
            role(GET | {"Condition": {"StringLike": {"aws:principaltag/team": "app*"}}}),
        ),
        WIDER,
    ),
    Case(
        "a condition may be absent",
        *of_role(
            role(GET | {"Condition": MFA}),
            role(GET | {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}),
        ),
        WIDER,
    ),
    Case("a Deny goes", *of_role(role(allow("s3:*"), deny("s3:Put*")), role(allow("s3:*"))), WIDER, "right"),
    Case("a Deny comes", *of_role(role(allow("s3:*")), role(allow("s3:*"), deny("s3:Put*"))), NARROWER),
    Case(
        "a Deny of what is not allowed goes",
        *of_role(role(GET, deny("iam:*")), role(GET)),
        ((IDENTITY, "changed"),),
    ),
    Case(
        "NotAction leaves out less",
        *of_role(
            role({"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}),
            role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        ),
        WIDER,
    ),
    Case(
        "Action becomes NotAction",
        *of_role(role(allow("s3:*")), role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        WIDER,
    ),
    Case(
        "NotResource leaves out more",
        *of_role(
            role({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::a/*"}),
            role({"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::a/*", BUCKET]}),
        ),
        NARROWER,
    ),
    Case(
        "another bucket",
        *of_role(role(GET), role(allow("s3:GetObject", "arn:aws:s3:::other/*"))),
        (*WIDER, *NARROWER),
    ),
    Case(
        "a bucket that a parameter names",
        *of_role(role(GET), role(allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::${Stage}/*"}))),
        ((IDENTITY, "changed"),),
        more=OPEN,
    ),
    Case(
        "what a parameter names becomes all",
        *of_role(
            role(allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::${Stage}/*"})), role(allow("s3:GetObject"))
        ),
        WIDER,
        more=OPEN,
    ),
    Case(
        "AdministratorAccess comes",
        *of_role(role(GET), role(GET, ManagedPolicyArns=[ADMIN])),
        WIDER,
        "right",
    ),
    Case(
        "a managed policy for who may do all",
        *of_role(role(ManagedPolicyArns=[ADMIN]), role(ManagedPolicyArns=[ADMIN, PULL])),
        (),
    ),
    Case("a managed policy goes", *of_role(role(GET, ManagedPolicyArns=[PULL]), role(GET)), NARROWER),
    Case(
        "a managed policy beside NotAction",
        *of_role(
            role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            role(
                {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                ManagedPolicyArns=["arn:aws:iam::aws:policy/IAMFullAccess"],
            ),
        ),
        WIDER,
    ),
    Case(
        "a boundary goes",
        *of_role(role(GET, PermissionsBoundary=PULL), role(GET)),
        (("boundary", "widened"),),
        "missed",
    ),
    Case(
        "a boundary comes",
        *of_role(role(GET), role(GET, PermissionsBoundary=PULL)),
        (("boundary", "narrowed"),),
    ),
    Case(
        "a boundary becomes another",
        *of_role(role(GET, PermissionsBoundary=PULL), role(GET, PermissionsBoundary=ADMIN)),
        (("boundary", "changed"),),
    ),
    Case(
        "a session lasts longer",
        *of_role(role(GET), role(GET, MaxSessionDuration=43200)),
        (("session", "widened"),),
        "missed",
    ),
    Case("the usual session is written down", *of_role(role(GET), role(GET, MaxSessionDuration=3600)), ()),
    Case(
        "an inline policy moves into a resource",
        {"Role": role(GET)},
        {
            "Role": role(),
            "P": resource("IAM::Policy", PolicyName="p", PolicyDocument=document(GET), Roles=[ref("Role")]),
        },
        (),
    ),
    Case(
        "an AWS::IAM::Policy says more",
        {
            "Role": role(),
            "P": resource("IAM::Policy", PolicyName="p", PolicyDocument=document(GET), Roles=[ref("Role")]),
        },
        {
            "Role": role(),
            "P": resource(
                "IAM::Policy", PolicyName="p", PolicyDocument=document(allow("s3:*")), Roles=[ref("Role")]
            ),
        },
        WIDER,
        "right",
    ),
    Case(
        "an AWS::IAM::RolePolicy says more",
        {
            "Role": role(),
            "P": resource(
                "IAM::RolePolicy", PolicyName="p", PolicyDocument=document(GET), RoleName=ref("Role")
            ),
        },
        {
            "Role": role(),
            "P": resource(
                "IAM::RolePolicy",
                PolicyName="p",
                PolicyDocument=document(allow("s3:*")),
                RoleName=ref("Role"),
            ),
        },
        WIDER,
        "missed",
    ),
    Case(
        "a policy of somebody else's role says more",
        *same_type(
            "IAM::RolePolicy",
            {"PolicyName": "p", "RoleName": "theirs", "PolicyDocument": document(GET)},
            {"PolicyName": "p", "RoleName": "theirs", "PolicyDocument": document(GET, PUT)},
        ),
        WIDER,
        "missed",
    ),
    Case(
        "a managed policy that nobody has says more",
        *same_type(
            "IAM::ManagedPolicy", {"PolicyDocument": document(GET)}, {"PolicyDocument": document(GET, PUT)}
        ),
        (("managed policy", "widened"),),
        "missed",
    ),
    Case(
        "a managed policy of a role says more",
        {
            "Role": role(ManagedPolicyArns=[ref("M")]),
            "M": resource("IAM::ManagedPolicy", PolicyDocument=document(GET)),
        },
        {
            "Role": role(ManagedPolicyArns=[ref("M")]),
            "M": resource("IAM::ManagedPolicy", PolicyDocument=document(GET, PUT)),
        },
        (*WIDER, ("managed policy", "widened")),
        "right",
    ),
    Case("a new role", {}, {"Role": role(GET)}, (("role", "widened"),)),
    Case("a role goes", {"Role": role(GET)}, {}, (("role", "narrowed"),)),
    Case("a role has another logical ID", {"Role": role(GET)}, {"Runner": role(GET)}, (("name", "changed"),)),
    Case(
        "a role has another logical ID, and a policy follows",
        {
            "Role": role(GET),
            "K": resource(
                "KMS::Key",
                KeyPolicy=document(allow("kms:*", Principal={"AWS": {"Fn::GetAtt": ["Role", "Arn"]}})),
            ),
        },
        {
            "Runner": role(GET),
            "K": resource(
                "KMS::Key",
                KeyPolicy=document(allow("kms:*", Principal={"AWS": {"Fn::GetAtt": ["Runner", "Arn"]}})),
            ),
        },
        (("name", "changed"),),
    ),
]

TRUSTS = [
    Case(
        "anybody may take a role",
        *of_role(role(GET), role(GET, AssumeRolePolicyDocument=trust("*"))),
        ((TRUST, "widened"),),
        "right",
    ),
    Case(
        "another service may take a role",
        *of_role(
            role(GET),
            role(
                GET,
                AssumeRolePolicyDocument=trust({"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}),
            ),
        ),
        ((TRUST, "widened"),),
    ),
    Case(
        "a role of an account becomes the account",
        *of_role(
            role(AssumeRolePolicyDocument=trust({"AWS": "arn:aws:iam::222233334444:role/a"})),
            role(AssumeRolePolicyDocument=trust({"AWS": "222233334444"})),
        ),
        ((TRUST, "widened"),),
    ),
    Case(
        "an account is written as its root",
        *of_role(
            role(AssumeRolePolicyDocument=trust({"AWS": OTHER})),
            role(AssumeRolePolicyDocument=trust({"AWS": "222233334444"})),
        ),
        (),
    ),
    Case(
        "an identity provider may take a role",
        *of_role(
            role(AssumeRolePolicyDocument=trust()),
            role(AssumeRolePolicyDocument=trust(ECS | {"Federated": "accounts.google.com"})),
        ),
        ((TRUST, "widened"),),
    ),
    Case(
        "the condition of a trust goes",
        *of_role(
            role(
                AssumeRolePolicyDocument=trust(
                    Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}
                )
            ),
            role(AssumeRolePolicyDocument=trust()),
        ),
        ((TRUST, "widened"),),
        "right",
    ),
    Case(
        "a parameter names who may take a role",
        *of_role(
            role(AssumeRolePolicyDocument=trust({"AWS": OTHER})),
            role(AssumeRolePolicyDocument=trust({"AWS": ref("Stage")})),
        ),
        ((TRUST, "changed"),),
        more=OPEN,
    ),
]

BRANCHES = [
    Case(
        "a policy moves into Fn::If, in the branch that holds",
        *of_role(role(GET), role(Policies=[conditional(policy(GET), ref("AWS::NoValue"))])),
        (),
        more=IF_TRUE,
    ),
    Case(
        "a policy moves into Fn::If, in one of two branches",
        *of_role(role(GET), role(Policies=[conditional(policy(GET), ref("AWS::NoValue"))])),
        NARROWER,
        more=IF,
    ),
    Case(
        "a policy moves into Fn::If and says more",
        *of_role(role(GET), role(Policies=[conditional(policy(allow("s3:*")), policy(GET))])),
        WIDER,
        "missed",
        more=IF,
    ),
    Case(
        "all policies move into Fn::If and say more",
        *of_role(role(GET), role(Policies=conditional([policy(allow("*"))], [policy(GET)]))),
        WIDER,
        "missed",
        more=IF,
    ),
    Case(
        "a policy moves out of the branch that says less",
        *of_role(
            role(Policies=[conditional(policy(allow("s3:*", BUCKET)), policy(GET))]),
            role(allow("s3:*", BUCKET)),
        ),
        WIDER,
        more=IF,
    ),
    Case(
        "a statement in a branch that does not hold says more",
        *of_role(
            role(Policies=[conditional(policy(GET), policy(GET))]),
            role(Policies=[conditional(policy(GET), policy(allow("*")))]),
        ),
        (),
        more=IF_TRUE,
    ),
]

CLOSED_KEY = document(allow("kms:*", Principal={"AWS": "arn:aws:iam::111122223333:root"}))
OPEN_KEY = document(*CLOSED_KEY["Statement"], allow("kms:Decrypt", Principal={"AWS": OTHER}))


def bucket_policy(*statements: Any) -> dict[str, Any]:
    return {"Bucket": "store", "PolicyDocument": document(*statements)}


def of_bucket(before: list[Any], after: list[Any]) -> tuple[Resources, Resources]:
    return same_type("S3::BucketPolicy", bucket_policy(*before), bucket_policy(*after))


READ = allow("s3:GetObject", BUCKET, Principal={"AWS": OTHER})
POLICIES = [
    Case(
        "a key for another account",
        *same_type("KMS::Key", {"KeyPolicy": CLOSED_KEY}, {"KeyPolicy": OPEN_KEY}),
        (("key policy", "widened"),),
        "right",
    ),
    Case(
        "a bucket for another account",
        *of_bucket([TLS], [TLS, READ]),
        (("bucket policy", "widened"),),
        "right",
    ),
    Case(
        "a bucket without its Deny", *of_bucket([TLS, READ], [READ]), (("bucket policy", "widened"),), "right"
    ),
    Case("a bucket with a Deny", *of_bucket([READ], [TLS, READ]), (("bucket policy", "narrowed"),)),
    Case(
        "a bucket's only policy goes",
        {"It": resource("S3::BucketPolicy", **bucket_policy(TLS))},
        {},
        (("bucket policy", "widened"),),
    ),
    Case(
        "a bucket goes with its policy",
        {
            "B": resource("S3::Bucket"),
            "It": resource("S3::BucketPolicy", Bucket=ref("B"), PolicyDocument=document(TLS)),
        },
        {},
        (),
    ),
    Case(
        "a queue for anybody",
        *same_type(
            "SQS::QueuePolicy",
            {"Queues": ["q"], "PolicyDocument": document(allow("sqs:SendMessage", Principal={"AWS": OTHER}))},
            {"Queues": ["q"], "PolicyDocument": document(allow("sqs:SendMessage", Principal="*"))},
        ),
        (("queue policy", "widened"),),
        "right",
    ),
    Case(
        "a topic for anybody",
        *same_type(
            "SNS::TopicPolicy",
            {"Topics": ["t"], "PolicyDocument": document(allow("sns:Publish", Principal={"AWS": OTHER}))},
            {"Topics": ["t"], "PolicyDocument": document(allow("sns:Publish", Principal="*"))},
        ),
        (("topic policy", "widened"),),
    ),
    Case(
        "a secret for another account",
        {},
        {
            "It": resource(
                "SecretsManager::ResourcePolicy",
                SecretId="s",
                ResourcePolicy=document(allow("secretsmanager:GetSecretValue", Principal={"AWS": OTHER})),
            )
        },
        (("secret policy", "widened"),),
        "right",
    ),
    Case(
        "images for another account",
        *same_type(
            "ECR::Repository",
            {},
            {
                "RepositoryPolicyText": document(
                    {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "ecr:BatchGetImage"}
                )
            },
        ),
        (("repository policy", "widened"),),
    ),
    Case(
        "the policy of a VPC endpoint goes",
        *same_type(
            "EC2::VPCEndpoint",
            {"VpcId": "vpc-1", "PolicyDocument": document(allow("s3:GetObject", BUCKET, Principal="*"))},
            {"VpcId": "vpc-1"},
        ),
        (("endpoint policy", "widened"),),
    ),
    Case(
        "the policy of a VPC endpoint lets more pass",
        *same_type(
            "EC2::VPCEndpoint",
            {"VpcId": "vpc-1", "PolicyDocument": document(allow("s3:GetObject", BUCKET, Principal="*"))},
            {"VpcId": "vpc-1", "PolicyDocument": document(allow("s3:*", BUCKET, Principal="*"))},
        ),
        (("endpoint policy", "widened"),),
    ),
    Case(
        "everything is written down",
        *same_type(
            "EC2::VPCEndpoint",
            {"VpcId": "v"},
            {"VpcId": "v", "PolicyDocument": document(allow("*", Principal="*"))},
        ),
        (),
    ),
    Case(
        "a policy of a type that nobody thought of",
        *same_type(
            "Backup::BackupVault", {"AccessPolicy": document(TLS)}, {"AccessPolicy": document(TLS, READ)}
        ),
        (("resource policy", "widened"),),
    ),
    Case(
        "a function for another service",
        {},
        {
            "It": resource(
                "Lambda::Permission",
                FunctionName="f",
                Action="lambda:InvokeFunction",
                Principal="s3.amazonaws.com",
            )
        },
        (("function policy", "widened"),),
        "right",
    ),
    Case(
        "a function for any bucket",
        *same_type(
            "Lambda::Permission",
            {
                "FunctionName": "f",
                "Action": "lambda:InvokeFunction",
                "Principal": "s3.amazonaws.com",
                "SourceArn": "arn:aws:s3:::a",
            },
            {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"},
        ),
        (("function policy", "widened"),),
    ),
    Case(
        "the organisation denies less",
        *same_type(
            "Organizations::Policy",
            {"Type": "SERVICE_CONTROL_POLICY", "Content": document(allow("*"), deny("s3:DeleteBucket"))},
            {"Type": "SERVICE_CONTROL_POLICY", "Content": document(allow("*"))},
        ),
        (("organisation policy", "widened"),),
        "missed",
    ),
]

NETWORKS = [
    Case(
        "a group lets the internet in",
        {"G": group(tcp(443, CidrIp="10.0.0.0/16"))},
        {"G": group(tcp(443, CidrIp="0.0.0.0/0"))},
        (("ingress", "widened"),),
        "right",
    ),
    Case("ports widen", {"G": group(tcp(443, CidrIp="10.0.0.0/16"))}, {"G": group(tcp(440, 450, CidrIp="10.0.0.0/16"))}, (("ingress", "widened"),)),
    Case("a block narrows", {"G": group(tcp(443, CidrIp="10.0.0.0/8"))}, {"G": group(tcp(443, CidrIp="10.1.0.0/16"))}, (("ingress", "narrowed"),)),
    Case(
        "a block is written as two halves",
        {"G": group(tcp(443, CidrIp="10.0.0.0/16"))},
        {"G": group(tcp(443, CidrIp="10.0.0.0/17"), tcp(443, CidrIp="10.0.128.0/17"))},
        (),
    ),
    Case("a range of ports is written as two", {"G": group(tcp(80, 90, CidrIp="10.0.0.0/16"))}, {"G": group(tcp(80, 85, CidrIp="10.0.0.0/16"), tcp(86, 90, CidrIp="10.0.0.0/16"))}, ()),
    Case("a group becomes a block", {"G": group(tcp(443, SourceSecurityGroupId="sg-1"))}, {"G": group(tcp(443, CidrIp="10.0.0.0/16"))}, (("ingress", "widened"),)),
    Case("a prefix list becomes the internet", {"G": group(tcp(443, SourcePrefixListId="pl-1"))}, {"G": group(tcp(443, CidrIp="0.0.0.0/0"))}, (("ingress", "widened"),)),
    Case("another prefix list", {"G": group(tcp(443, SourcePrefixListId="pl-1"))}, {"G": group(tcp(443, SourcePrefixListId="pl-2"))}, (("ingress", "widened"), ("ingress", "narrowed"))),
    Case("a protocol becomes all", {"G": group(tcp(443, CidrIp="10.0.0.0/16"))}, {"G": group({"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"})}, (("ingress", "widened"),)),
    Case("egress is let go", {"G": group()}, {"G": resource("EC2::SecurityGroup", GroupDescription="g")}, (("egress", "widened"),)),
    Case(
        "a rule moves into a resource",
        {"G": group(tcp(443, CidrIp="10.0.0.0/16"))},
        {"G": group(), "R": resource("EC2::SecurityGroupIngress", GroupId={"Fn::GetAtt": ["G", "GroupId"]}, **tcp(443, CidrIp="10.0.0.0/16"))},
        (),
    ),
    Case(
        "a rule that is a resource comes",
        {"G": group()},
        {"G": group(), "R": resource("EC2::SecurityGroupIngress", GroupId={"Fn::GetAtt": ["G", "GroupId"]}, **tcp(22, CidrIp="0.0.0.0/0"))},
        (("ingress", "widened"),),
    ),
    Case("a rule for somebody else's group", {}, {"R": resource("EC2::SecurityGroupIngress", GroupId="sg-9", **tcp(22, CidrIp="0.0.0.0/0"))}, (("ingress", "widened"),)),
    Case("a block that a parameter gives", {"G": group(tcp(443, CidrIp="10.0.0.0/16"))}, {"G": group(tcp(443, CidrIp=ref("Stage")))}, (("ingress", "changed"),), more=OPEN),
    Case(
        "a network ACL stops less",
        {"D": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=90, Protocol=6, RuleAction="deny", CidrBlock="10.1.0.0/16", PortRange={"From": 22, "To": 22}),
         "A": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=100, Protocol=6, RuleAction="allow", CidrBlock="10.0.0.0/8", PortRange={"From": 22, "To": 22})},
        {"A": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=100, Protocol=6, RuleAction="allow", CidrBlock="10.0.0.0/8", PortRange={"From": 22, "To": 22})},
        (("network ACL ingress", "widened"),),
    ),
    Case(
        "a Deny that comes too late",
        {"A": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=100, Protocol=-1, RuleAction="allow", CidrBlock="10.0.0.0/8")},
        {"A": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=100, Protocol=-1, RuleAction="allow", CidrBlock="10.0.0.0/8"),
         "D": resource("EC2::NetworkAclEntry", NetworkAclId="acl-1", RuleNumber=110, Protocol=-1, RuleAction="deny", CidrBlock="10.1.0.0/16")},
        (),
    ),
]  # fmt: skip

BLOCK = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
PUBLIC, ENCRYPTION = (("public access", "widened"),), (("encryption", "widened"),)
SECURE = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    }
}
PROTECTIONS = [
    Case(
        "a bucket's public access block goes",
        *same_type("S3::Bucket", {"PublicAccessBlockConfiguration": BLOCK}, {}),
        PUBLIC,
        "missed",
    ),
    Case(
        "a bucket's public access block is off",
        *same_type(
            "S3::Bucket",
            {"PublicAccessBlockConfiguration": BLOCK},
            {"PublicAccessBlockConfiguration": BLOCK | {"BlockPublicPolicy": False}},
        ),
        PUBLIC,
        "missed",
    ),
    Case(
        "a flag is written as text",
        *same_type(
            "S3::Bucket",
            {"PublicAccessBlockConfiguration": BLOCK},
            {"PublicAccessBlockConfiguration": BLOCK | {"BlockPublicPolicy": "true"}},
        ),
        (),
    ),
    Case("a bucket is no longer encrypted with KMS", *same_type("S3::Bucket", SECURE, {}), ENCRYPTION),
    Case(
        "a subnet gives public addresses",
        *same_type("EC2::Subnet", {"VpcId": "v"}, {"VpcId": "v", "MapPublicIpOnLaunch": True}),
        PUBLIC,
    ),
    Case(
        "a service gets public addresses",
        *same_type(
            "ECS::Service",
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED"}}},
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}},
        ),
        PUBLIC,
    ),
    Case(
        "a load balancer faces the internet",
        *same_type("ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"}, {}),
        PUBLIC,
    ),
    Case(
        "a database has a public address",
        *same_type("RDS::DBInstance", {}, {"PubliclyAccessible": True}),
        PUBLIC,
    ),
    Case("a log group loses its key", *same_type("Logs::LogGroup", {"KmsKeyId": "k"}, {}), ENCRYPTION),
    Case(
        "a log group has another key",
        *same_type("Logs::LogGroup", {"KmsKeyId": "k"}, {"KmsKeyId": "l"}),
        (("encryption", "changed"),),
    ),
    Case("a queue loses its key", *same_type("SQS::Queue", {"KmsMasterKeyId": "k"}, {}), ENCRYPTION),
    Case("a topic loses its key", *same_type("SNS::Topic", {"KmsMasterKeyId": "k"}, {}), ENCRYPTION),
    Case(
        "images are no longer encrypted with KMS",
        *same_type("ECR::Repository", {"EncryptionConfiguration": {"EncryptionType": "KMS"}}, {}),
        ENCRYPTION,
    ),
    Case(
        "a file system is not encrypted",
        *same_type("EFS::FileSystem", {"Encrypted": True}, {"Encrypted": False}),
        ENCRYPTION,
    ),
    Case(
        "HTTPS becomes HTTP",
        *same_type("ElasticLoadBalancingV2::Listener", {"Protocol": "HTTPS"}, {"Protocol": "HTTP"}),
        ENCRYPTION,
    ),
    Case(
        "shells are no longer logged",
        *same_type(
            "ECS::Cluster",
            {"Configuration": {"ExecuteCommandConfiguration": {"Logging": "OVERRIDE"}}},
            {"Configuration": {"ExecuteCommandConfiguration": {"Logging": "NONE"}}},
        ),
        (("logging", "widened"),),
    ),
    Case(
        "shells are allowed",
        *same_type("ECS::Service", {}, {"EnableExecuteCommand": True}),
        (("shell access", "widened"),),
    ),
    Case(
        "IMDSv1 is back",
        *same_type(
            "EC2::Instance",
            {"MetadataOptions": {"HttpTokens": "required"}},
            {"MetadataOptions": {"HttpTokens": "optional"}},
        ),
        (("instance metadata", "widened"),),
    ),
    Case("a flow log goes", {"It": resource("EC2::FlowLog", ResourceId="v")}, {}, (("logging", "widened"),)),
    Case(
        "a new access key",
        {},
        {"It": resource("IAM::AccessKey", UserName="u")},
        (("access key", "widened"),),
        "missed",
    ),
    Case(
        "a function URL for anybody",
        *same_type("Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}),
        PUBLIC,
        "missed",
    ),
    Case(
        "an identity provider for more clients",
        *same_type("IAM::OIDCProvider", {"ClientIdList": ["a"]}, {"ClientIdList": ["a", "b"]}),
        (("identity provider", "widened"),),
        "missed",
    ),
    Case(
        "another thumbprint",
        *same_type(
            "IAM::OIDCProvider",
            {"ClientIdList": ["a"], "ThumbprintList": ["1"]},
            {"ClientIdList": ["a"], "ThumbprintList": ["2"]},
        ),
        (("identity provider", "changed"),),
        "missed",
    ),
    Case(
        "a permission set may do more",
        *same_type(
            "SSO::PermissionSet",
            {"Name": "n", "InlinePolicy": document(GET)},
            {"Name": "n", "InlinePolicy": document(GET, PUT)},
        ),
        WIDER,
        "right",
    ),
    Case(
        "logs are no longer kept",
        {"It": resource("Logs::LogGroup") | {"DeletionPolicy": "Retain"}},
        {"It": resource("Logs::LogGroup")},
        (("data", "widened"),),
    ),
    Case(
        "a container gets root's rights",
        *same_type(
            "ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Name": "a", "ReadonlyRootFilesystem": True}]},
            {"ContainerDefinitions": [{"Name": "a", "ReadonlyRootFilesystem": True, "Privileged": True}]},
        ),
        (("container", "widened"),),
    ),
    Case(
        "a task runs as somebody else",
        *same_type("ECS::TaskDefinition", {"TaskRoleArn": "a"}, {"TaskRoleArn": "b"}),
        (("role", "changed"),),
    ),
    Case(
        "a route to the internet",
        {},
        {"It": resource("EC2::Route", RouteTableId="r", DestinationCidrBlock="0.0.0.0/0", GatewayId="igw-1")},
        PUBLIC,
    ),
]

CASES = [*IDENTITIES, *TRUSTS, *BRANCHES, *POLICIES, *NETWORKS, *PROTECTIONS]
