from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from doorstep import REGION, Doorstep, allow, anybody, document, endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from private_fargate.deploy.session import Session

BUCKET = "doors-bucket"
HOST = f"s3.{REGION}.amazonaws.com"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
S3V4 = {"signature_version": "s3v4"}


@pytest.fixture
def step(aws: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    doorstep = Doorstep(aws, tmp_path, monkeypatch)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="read/me.txt", Body=b"text")
    yield doorstep
    for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    s3.delete_bucket(Bucket=BUCKET)
    doorstep.close()


def open_s3(step: Doorstep, policy: dict[str, Any] | None = None) -> None:
    # The first region's clients call buckets by names without a region, unless they are told otherwise.
    step.open(HOST, "s3.amazonaws.com", at=endpoint("s3", policy, kind="Gateway"))


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.emulator
@pytest.mark.parametrize("style", ["virtual", "path"])
def test_objects_are_written_and_read_in_both_styles(step: Doorstep, style: str) -> None:
    open_s3(step)
    keys = step.role(allow("s3:PutObject", "s3:GetObject", resource=OBJECTS))
    s3 = step.client("s3", keys, s3={"addressing_style": style})
    body = bytes(range(256)) * 40_000  # ten megabytes, for which boto3 adds a checksum behind the chunks
    s3.put_object(Bucket=BUCKET, Key="a b/ü+%.bin", Body=body)
    assert s3.get_object(Bucket=BUCKET, Key="a b/ü+%.bin")["Body"].read() == body
    assert step.aws.client("s3").get_object(Bucket=BUCKET, Key="a b/ü+%.bin")["Body"].read() == body
    assert step.seen()[-1] == ("s3", f"s3:GetObject on arn:aws:s3:::{BUCKET}/a b/ü+%.bin", 200)


@pytest.mark.emulator
def test_each_action_needs_its_own_permission(step: Doorstep) -> None:
    open_s3(step)
    s3 = step.client("s3", step.role(allow("s3:GetObject", resource=OBJECTS)))
    assert s3.head_object(Bucket=BUCKET, Key="read/me.txt")["ContentLength"] == 4
    for call, arguments, action in (
        (s3.put_object, {"Key": "read/me.txt", "Body": b"x"}, "s3:PutObject"),
        (s3.delete_object, {"Key": "read/me.txt"}, "s3:DeleteObject"),
        (s3.list_objects_v2, {}, "s3:ListBucket"),
        (s3.get_bucket_policy, {}, "s3:GetBucketPolicy"),
        (s3.get_object_tagging, {"Key": "read/me.txt"}, "s3:GetObjectTagging"),
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Enabled"}}, "s3:Unknown"),
        (s3.create_multipart_upload, {"Key": "big"}, "s3:PutObject"),
        (s3.copy_object, {"Key": "b", "CopySource": f"{BUCKET}/read/me.txt"}, "s3:PutObject"),
    ):
        code, words = refused(call, Bucket=BUCKET, **arguments)
        assert code == "AccessDenied"
        assert f"is not authorized to perform: {action} on resource: arn:aws:s3:::{BUCKET}" in words


@pytest.mark.emulator
def test_what_is_copied_has_to_be_readable(step: Doorstep) -> None:
    open_s3(step)
    s3 = step.client("s3", step.role(allow("s3:PutObject", resource=OBJECTS)))
    words = refused(s3.copy_object, Bucket=BUCKET, Key="b", CopySource=f"{BUCKET}/read/me.txt")[1]
    assert f"s3:GetObject on resource: arn:aws:s3:::{BUCKET}/read/me.txt" in words


@pytest.mark.emulator
def test_a_list_can_be_allowed_below_a_prefix(step: Doorstep) -> None:
    open_s3(step)
    below = {"StringLike": {"s3:prefix": "read/*"}}
    s3 = step.client("s3", step.role(allow("s3:ListBucket", Condition=below)))
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="read/")
    assert [each["Key"] for each in found["Contents"]] == ["read/me.txt"]
    assert refused(s3.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"


@pytest.mark.emulator
def test_the_policy_of_the_gateway_counts_beside_that_of_the_role(step: Doorstep) -> None:
    open_s3(step, anybody("s3:GetObject", resource="arn:aws:s3:::another-bucket/*"))
    s3 = step.client("s3", step.role(allow("s3:*")))
    code, words = refused(s3.get_object, Bucket=BUCKET, Key="read/me.txt")
    assert code == "AccessDenied"
    assert words.endswith("because no VPC endpoint policy allows the s3:GetObject action")


@pytest.mark.emulator
def test_a_url_that_was_signed_is_good_for_whoever_has_it(step: Doorstep) -> None:
    open_s3(step)
    url = {"ClientMethod": "get_object", "Params": {"Bucket": BUCKET, "Key": "read/me.txt"}, "ExpiresIn": 60}
    good = step.client("s3", step.role(allow("s3:GetObject")), **S3V4).generate_presigned_url(**url)
    step.now = _moment_of(good)
    assert step.web().request("GET", good).data == b"text"
    without = step.client("s3", step.role(), **S3V4).generate_presigned_url(**url)
    assert step.web().request("GET", without).status == 403
    step.now += 120
    late = step.web().request("GET", good)
    assert (late.status, b"Request has expired" in late.data) == (403, True)


@pytest.mark.emulator
def test_a_bucket_is_open_to_strangers_only_if_it_says_so(step: Doorstep) -> None:
    open_s3(step)
    url = f"https://{BUCKET}.{HOST}/read/me.txt"
    answer = step.web().request("GET", url)
    assert (answer.status, b"<Code>AccessDenied</Code>" in answer.data) == (403, True)
    policy = document({**allow("s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}-open/*"), "Principal": "*"})
    s3 = step.aws.client("s3")
    s3.create_bucket(Bucket=f"{BUCKET}-open")
    s3.put_bucket_policy(Bucket=f"{BUCKET}-open", Policy=json.dumps(policy))
    s3.put_object(Bucket=f"{BUCKET}-open", Key="it", Body=b"open")
    assert step.web().request("GET", f"https://{BUCKET}-open.{HOST}/it").data == b"open"
    s3.delete_object(Bucket=f"{BUCKET}-open", Key="it")
    s3.delete_bucket(Bucket=f"{BUCKET}-open")


@pytest.mark.emulator
def test_the_packages_of_amazon_linux_are_behind_the_gateway_too(step: Doorstep) -> None:
    bucket = f"al2023-repos-{REGION}-de612dc2"
    open_s3(step, anybody("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*"))
    assert step.web().request("GET", f"https://{bucket}.{HOST}/core/mirrors/x").status == 200
    open_s3(step, anybody("s3:GetObject", resource=OBJECTS))
    assert step.web().request("GET", f"https://{bucket}.{HOST}/core/mirrors/x").status == 403


@pytest.mark.emulator
def test_no_name_of_a_bucket_leads_to_what_the_embedded_aws_has_for_itself(step: Doorstep) -> None:
    open_s3(step)
    for path in ("/_ministack/health", "/v2/_catalog", "/%5Fministack/health"):
        answer = step.web().request("GET", f"https://{HOST}{path}")
        assert (answer.status, b"<Code>InvalidArgument</Code>" in answer.data) == (400, True), path


def _moment_of(url: str) -> float:
    text = url.partition("X-Amz-Date=")[2][:16]
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
