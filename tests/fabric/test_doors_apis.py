from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, SSLError
from doorstep import REGION, VPC_ID, Doorstep, allow, anybody, document, endpoint, listen, stranger

from private_fargate.fabric.authority import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.doors import Visit

DOMAIN = "us-east-1.amazonaws.com"


@pytest.fixture
def step(aws: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    doorstep = Doorstep(aws, tmp_path, monkeypatch)
    yield doorstep
    doorstep.close()


@pytest.fixture
def group(aws: Session) -> Iterator[str]:
    aws.client("logs").create_log_group(logGroupName="/doors/app")
    yield "/doors/app"
    aws.client("logs").delete_log_group(logGroupName="/doors/app")


@pytest.fixture
def secret(aws: Session) -> Iterator[str]:
    made = aws.client("secretsmanager").create_secret(Name="doors/password", SecretString="hidden")
    yield made["ARN"]
    aws.client("secretsmanager").delete_secret(SecretId=made["ARN"], ForceDeleteWithoutRecovery=True)


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def last(step: Doorstep) -> Visit:
    return step.doors.visits[-1]


def arn(step: Doorstep, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{step.account}:{resource}"


@pytest.mark.emulator
def test_a_task_writes_its_log_through_the_endpoint(step: Doorstep, group: str) -> None:
    """`Fn::GetAtt` of a log group ends with `:*`, and that has to cover its streams."""
    step.open(f"logs.{DOMAIN}", at=endpoint("logs"), address="127.0.0.7")
    resource = arn(step, "logs", f"log-group:{group}:*")
    logs = step.client(
        "logs", step.role(allow("logs:CreateLogStream", "logs:PutLogEvents", resource=resource))
    )
    logs.create_log_stream(logGroupName=group, logStreamName="app/1")
    event = {"timestamp": 1_700_000_000_000, "message": "started"}
    logs.put_log_events(logGroupName=group, logStreamName="app/1", logEvents=[event])
    kept = step.aws.client("logs").get_log_events(logGroupName=group, logStreamName="app/1")["events"]
    assert [each["message"] for each in kept] == ["started"]
    stream = arn(step, "logs", f"log-group:{group}:log-stream:app/1")
    assert step.seen() == [
        ("logs", f"logs:CreateLogStream on {stream}", 200),
        ("logs", f"logs:PutLogEvents on {stream}", 200),
    ]
    assert last(step).client == "127.0.0.1"
    assert last(step).is_allowed


@pytest.mark.emulator
def test_without_a_policy_of_the_role_aws_says_what_is_missing(step: Doorstep, group: str) -> None:
    step.open(f"logs.{DOMAIN}", at=endpoint("logs"))
    code, words = refused(
        step.client("logs", step.role()).create_log_stream, logGroupName=group, logStreamName="app/1"
    )
    assert code == "AccessDeniedException"
    assert words.startswith(f"User: arn:aws:sts::{step.account}:assumed-role/doors-")
    assert words.endswith(
        "/0123 is not authorized to perform: logs:CreateLogStream on resource: "
        f"{arn(step, 'logs', f'log-group:{group}:log-stream:app/1')} "
        "because no identity-based policy allows the logs:CreateLogStream action"
    )
    assert not last(step).is_allowed


@pytest.mark.emulator
def test_the_policy_of_the_endpoint_counts_beside_that_of_the_role(step: Doorstep, group: str) -> None:
    step.open(f"logs.{DOMAIN}", at=endpoint("logs", anybody("logs:PutLogEvents")))
    logs = step.client("logs", step.role(allow("logs:*")))
    code, words = refused(logs.create_log_stream, logGroupName=group, logStreamName="app/1")
    assert code == "AccessDeniedException"
    assert words.endswith("because no VPC endpoint policy allows the logs:CreateLogStream action")


@pytest.mark.emulator
def test_conditions_see_by_which_way_a_call_came(step: Doorstep, group: str) -> None:
    at = endpoint("logs")
    inside = {"StringEquals": {"aws:SourceVpce": at.id, "aws:SourceVpc": VPC_ID}}
    outside = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    by_vpc = step.role(allow("logs:*", Condition=inside))
    by_address = step.role(allow("logs:*", Condition=outside))
    step.open(f"logs.{DOMAIN}", at=at)
    wanted = {"logGroupName": group}
    assert step.client("logs", by_vpc).describe_log_streams(**wanted)["logStreams"] == []
    assert (
        refused(step.client("logs", by_address).describe_log_streams, **wanted)[0] == "AccessDeniedException"
    )
    step.open(f"logs.{DOMAIN}")
    assert refused(step.client("logs", by_vpc).describe_log_streams, **wanted)[0] == "AccessDeniedException"
    assert step.client("logs", by_address).describe_log_streams(**wanted)["logStreams"] == []


@pytest.mark.emulator
def test_an_endpoint_answers_for_its_own_service_alone(step: Doorstep) -> None:
    step.open(f"api.ecr.{DOMAIN}", at=endpoint("logs"))
    answer = step.web().request("POST", f"https://api.ecr.{DOMAIN}/")
    assert (answer.status, answer.data) == (421, f"logs does not answer for api.ecr.{DOMAIN}\n".encode())


@pytest.mark.emulator
def test_an_endpoint_answers_to_its_own_name(step: Doorstep) -> None:
    at = endpoint("ecr.api")
    name = f"{at.id}-abcd1234.api.ecr.{REGION}.vpce.amazonaws.com"
    step.open(name, at=at)
    ecr = step.client("ecr", step.role(allow("ecr:GetAuthorizationToken")), url=f"https://{name}")
    assert ecr.get_authorization_token()["authorizationData"]


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecr", "describe_registry", "UnrecognizedClientException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("cloudwatch", "list_metrics", "UnrecognizedClientException"),
    ],
)
def test_a_key_that_nobody_has_is_refused_as_aws_does(
    step: Doorstep, service: str, operation: str, code: str
) -> None:
    step.open("amazonaws.com")
    client = step.client(service, stranger(step.role(allow("*"))))
    assert refused(getattr(client, operation))[0] == code


@pytest.mark.emulator
def test_the_key_of_the_embedded_aws_opens_no_door(step: Doorstep) -> None:
    step.open("amazonaws.com")
    root = Credentials(access_key=step.account, secret_key="test", session_token="", role_arn="")  # noqa: S106
    assert refused(step.client("logs", root).describe_log_groups)[0] == "UnrecognizedClientException"


@pytest.mark.emulator
def test_a_task_learns_who_it_is_without_a_permission(step: Doorstep) -> None:
    step.open(f"sts.{DOMAIN}", at=endpoint("sts"))
    keys = step.role()
    found = step.client("sts", keys).get_caller_identity()
    name = keys.role_arn.rpartition("/")[2]
    assert found["Arn"] == f"arn:aws:sts::{step.account}:assumed-role/{name}/0123"
    assert found["Account"] == step.account
    step.open(f"sts.{DOMAIN}", at=endpoint("sts", anybody("sts:AssumeRole")))
    assert refused(step.client("sts", keys).get_caller_identity)[0] == "AccessDenied"


@pytest.mark.emulator
@pytest.mark.parametrize("name", ["doors/password", "arn"])
def test_a_secret_is_judged_by_its_whole_arn_however_it_is_named(
    step: Doorstep, secret: str, name: str
) -> None:
    step.open(f"secretsmanager.{DOMAIN}", at=endpoint("secretsmanager"))
    asked = secret.rpartition("-")[0] if name == "arn" else name
    client = step.client("secretsmanager", step.role(allow("secretsmanager:GetSecretValue", resource=secret)))
    assert client.get_secret_value(SecretId=asked)["SecretString"] == "hidden"
    assert last(step).what == f"secretsmanager:GetSecretValue on {secret}"


@pytest.mark.emulator
def test_the_policy_of_a_secret_can_deny_it(step: Doorstep, secret: str) -> None:
    step.open(f"secretsmanager.{DOMAIN}", at=endpoint("secretsmanager"))
    deny = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    text = json.dumps(document(deny))
    step.aws.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=text)
    client = step.client("secretsmanager", step.role(allow("secretsmanager:GetSecretValue")))
    code, words = refused(client.get_secret_value, SecretId=secret)
    assert code == "AccessDeniedException"
    assert words.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.emulator
def test_a_secret_under_a_key_of_the_customer_needs_that_key_too(step: Doorstep) -> None:
    key = step.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    manager = step.aws.client("secretsmanager")
    made = manager.create_secret(Name="doors/keyed", SecretString="hidden", KmsKeyId=key)["ARN"]
    step.open(f"secretsmanager.{DOMAIN}", at=endpoint("secretsmanager", anybody("secretsmanager:*")))
    reading = allow("secretsmanager:GetSecretValue", resource=made)
    by_service = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    without, with_key = (
        step.role(reading),
        step.role(reading, allow("kms:Decrypt", resource=key, Condition=by_service)),
    )
    try:
        denied = refused(step.client("secretsmanager", without).get_secret_value, SecretId=made)
        assert denied == ("AccessDeniedException", "Access to KMS is not allowed")
        assert last(step).why == "because no identity-based policy allows the kms:Decrypt action"
        client = step.client("secretsmanager", with_key)
        assert client.get_secret_value(SecretId=made)["SecretString"] == "hidden"
    finally:
        manager.delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)


@pytest.mark.emulator
def test_each_parameter_of_a_request_is_judged(step: Doorstep) -> None:
    ssm = step.aws.client("ssm")
    for name in ("/doors/a", "/doors/b"):
        ssm.put_parameter(Name=name, Value="1", Type="String", Overwrite=True)
    step.open(f"ssm.{DOMAIN}", at=endpoint("ssm"))
    one = arn(step, "ssm", "parameter/doors/a")
    client = step.client("ssm", step.role(allow("ssm:GetParameters", resource=one)))
    found = client.get_parameters(Names=["/doors/a"], WithDecryption=True)
    assert [each["Value"] for each in found["Parameters"]] == ["1"]
    assert refused(client.get_parameters, Names=["/doors/a", "/doors/b"])[0] == "AccessDeniedException"
    assert arn(step, "ssm", "parameter/doors/b") in last(step).what


@pytest.mark.emulator
def test_a_secure_parameter_under_a_key_of_the_customer_needs_that_key_too(step: Doorstep) -> None:
    key = step.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    ssm = step.aws.client("ssm")
    ssm.put_parameter(Name="/doors/own", Value="1", Type="SecureString", KeyId=key, Overwrite=True)
    ssm.put_parameter(Name="/doors/aws", Value="2", Type="SecureString", Overwrite=True)
    step.open(f"ssm.{DOMAIN}", at=endpoint("ssm"))
    client = step.client("ssm", step.role(allow("ssm:GetParameter*")))
    assert client.get_parameter(Name="/doors/aws", WithDecryption=True)["Parameter"]["Value"] == "2"
    assert client.get_parameter(Name="/doors/own")["Parameter"]["Name"] == "/doors/own"
    code, words = refused(client.get_parameter, Name="/doors/own", WithDecryption=True)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in words


@pytest.mark.emulator
def test_a_ciphertext_shows_whose_key_it_needs(step: Doorstep) -> None:
    kms = step.aws.client("kms")
    key, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    hidden = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    step.open(f"kms.{DOMAIN}", at=endpoint("kms"))
    good, bad = (step.role(allow("kms:Decrypt", resource=each)) for each in (key, other))
    assert step.client("kms", good).decrypt(CiphertextBlob=hidden)["Plaintext"] == b"text"
    assert refused(step.client("kms", bad).decrypt, CiphertextBlob=hidden)[0] == "AccessDeniedException"


@pytest.mark.emulator
def test_a_refusal_has_the_form_of_the_protocol_that_was_spoken(step: Doorstep) -> None:
    """CloudWatch and Cloud Map speak CBOR, with which boto3 cannot read JSON."""
    step.open("amazonaws.com")
    keys = step.role()
    for service, operation in (("cloudwatch", "list_metrics"), ("servicediscovery", "list_namespaces")):
        code, words = refused(getattr(step.client(service, keys), operation))
        assert code == "AccessDeniedException"
        assert "is not authorized to perform:" in words


@pytest.mark.emulator
def test_what_speaks_cbor_comes_through_when_it_is_allowed(step: Doorstep) -> None:
    step.open("amazonaws.com")
    keys = step.role(allow("cloudwatch:ListMetrics", "servicediscovery:ListNamespaces"))
    assert "Metrics" in step.client("cloudwatch", keys).list_metrics()
    assert "Namespaces" in step.client("servicediscovery", keys).list_namespaces()


@pytest.mark.emulator
def test_a_request_for_another_api_does_not_slip_through_a_door(step: Doorstep, secret: str) -> None:
    """The AWS behind looks at the target first, whatever host was called."""
    step.open(f"logs.{DOMAIN}", at=endpoint("logs"))
    keys = step.role(allow("*"))
    scope = f"{keys.access_key}/20260131/{REGION}"
    signed = "SignedHeaders=host, Signature=0"
    for service, target, error in (
        ("secretsmanager", "secretsmanager.GetSecretValue", "InvalidSignatureException"),
        ("logs", "secretsmanager.GetSecretValue", "UnknownOperationException"),
    ):
        answer = step.web().request(
            "POST",
            f"https://logs.{DOMAIN}/",
            body=json.dumps({"SecretId": secret}),
            headers={
                "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}/{service}/aws4_request, {signed}",
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": target,
            },
        )
        assert answer.status == 400
        assert answer.json()["__type"] == error


@pytest.mark.emulator
def test_the_paths_that_the_embedded_aws_has_for_itself_are_behind_no_door(step: Doorstep) -> None:
    step.open(f"logs.{DOMAIN}", at=endpoint("logs"))
    keys = step.role(allow("*"))
    credential = f"{keys.access_key}/20260131/{REGION}/logs/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"}
    for path in (
        "/_ministack/health",
        "/%5Fministack/health",
        "//_ministack/health",
        "/x/../_ministack/health",
    ):
        url = f"https://logs.{DOMAIN}"
        answer = step.web().connection_from_url(url).urlopen("GET", path, headers=headers, retries=False)
        assert answer.json()["__type"] == "UnknownOperationException", path


@pytest.mark.emulator
def test_a_channel_of_session_manager_is_opened_for_whoever_may(step: Doorstep) -> None:
    step.open(f"ssmmessages.{DOMAIN}", at=endpoint("ssmmessages"))
    url = f"https://ssmmessages.{DOMAIN}/v1/control-channel/ecs%3Ademo_0123_0123-0"
    for keys, status in ((step.role(), 400), (step.role(allow("ssmmessages:CreateControlChannel")), 201)):
        credential = f"{keys.access_key}/20260131/{REGION}/ssmmessages/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        }
        answer = step.web().request("POST", url, body=b"{}", headers=headers)
        assert (answer.status, last(step).what) == (status, "ssmmessages:CreateControlChannel on *")
        assert (b"<TokenValue>" in answer.data) is (status == 201)
        assert step.web().request("GET", url, headers=headers).json()["__type"] == "AccessDeniedException"


@pytest.mark.emulator
def test_what_the_embedded_aws_does_not_have_is_judged_all_the_same(step: Doorstep) -> None:
    step.open(f"xray.{DOMAIN}", at=endpoint("xray"))
    allowed = step.client("xray", step.role(allow("xray:PutTraceSegments")))
    assert refused(allowed.put_trace_segments, TraceSegmentDocuments=["{}"])[0] != "AccessDeniedException"
    assert last(step).is_allowed
    code, words = refused(allowed.get_sampling_rules)
    assert code == "AccessDeniedException"
    assert "xray:GetSamplingRules" in words


@pytest.mark.emulator
def test_a_client_that_trusts_others_only_does_not_talk_to_a_door(step: Doorstep) -> None:
    step.open("amazonaws.com")
    client = step.client("logs", step.role(allow("*")), verify=True)
    with pytest.raises(SSLError):
        client.describe_log_groups()


@pytest.mark.emulator
def test_the_internet_says_from_which_address_one_came(step: Doorstep) -> None:
    step.open("amazonaws.com")
    assert step.web().request("GET", "https://checkip.amazonaws.com/").data == b"127.0.0.1\n"
    plain = listen()
    step.doors.serve_plain(plain)
    port = plain.getsockname()[1]
    assert step.web().request("GET", f"http://127.0.0.1:{port}/").data == b"127.0.0.1\n"
    other = step.web().request("GET", "https://example.amazonaws.com/")
    assert (other.status, other.data) == (421, b"internet does not answer for example.amazonaws.com\n")
