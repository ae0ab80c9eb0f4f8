from __future__ import annotations

import hashlib
import json
import socket
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from private_fargate.aws.limits import TEMPLATE
from private_fargate.deploy.packaging import BODY_LIMIT, canonical, ensure_bucket, object_url, package
from private_fargate.deploy.session import AccessError, DeployError, connect, connect_to, explained, pages
from tests.deploy.house import BUCKET, house, nested

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws


@pytest.fixture
def real_addresses(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sessions as with AWS itself; nothing is called."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://b.s3.eu-west-1.amazonaws.com/k.json"),
        ("us-gov-west-1", "https://b.s3.us-gov-west-1.amazonaws.com/k.json"),
        ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/k.json"),
    ],
)
@pytest.mark.usefixtures("real_addresses")
def test_a_template_has_the_address_of_its_region_and_partition(region: str, url: str) -> None:
    assert object_url(connect(region), "b", "k.json") == url


def test_no_region_is_said_with_the_remedy(
    real_addresses: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nothing = str(tmp_path_factory.mktemp("aws") / "config")
    real_addresses.setenv("AWS_CONFIG_FILE", nothing)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        real_addresses.delenv(name, raising=False)
    with pytest.raises(AccessError, match=r"no region: name one .* AWS_REGION"):
        connect(None)


def test_nobody_at_the_endpoint_is_said_and_not_traced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    session = connect_to({"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", **keys})
    with pytest.raises(AccessError, match=f"{url}.*is the address right"), explained():
        session.client("sts").get_caller_identity()


def test_an_answer_that_is_not_from_an_aws_is_said_and_not_traced() -> None:
    with pytest.raises(AccessError, match=r"what answers is no AWS .*AWS_ENDPOINT_URL"), explained():
        raise ResponseParserError("invalid XML received")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("ExpiredToken", "log in again"), ("InvalidClientTokenId", "is AWS_PROFILE the right")],
)
def test_what_is_wrong_with_credentials_is_said_with_the_remedy(code: str, remedy: str) -> None:
    with pytest.raises(AccessError, match=remedy), explained():
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


@pytest.mark.emulator
def test_a_broken_profile_of_the_user_does_not_reach_the_embedded_aws(
    embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session = connect_to(embedded_aws.environment())
    assert session.client("sts").get_caller_identity()["Account"]


@pytest.mark.emulator
def test_only_what_is_missing_is_uploaded(aws: Session) -> None:
    never_seen = house(extra={f"Log{uuid.uuid4().hex}": {"Type": "AWS::Logs::LogGroup"}})
    first = package(aws, never_seen, BUCKET)
    again = package(aws, never_seen, BUCKET)
    assert (first.uploaded, again.uploaded, again.already_there) == (2, 0, 2)
    assert first.parent == again.parent


@pytest.mark.emulator
def test_a_parent_leads_to_children_under_the_digest_of_their_canonical_json(aws: Session) -> None:
    templates = house()
    parent = json.loads(package(aws, templates, BUCKET).parent)
    middle_url = parent["Resources"]["Middle"]["Properties"]["TemplateURL"]
    middle = json.loads(_read(middle_url))
    leaf_url = middle["Resources"]["Leaf"]["Properties"]["TemplateURL"]
    leaf = canonical(json.loads(templates["leaf.json"]))
    assert _read(leaf_url) == leaf
    assert leaf_url.endswith(f"/templates/{hashlib.sha256(leaf).hexdigest()}.json")


@pytest.mark.emulator
def test_order_and_white_space_of_templates_change_nothing(aws: Session) -> None:
    """Another version of a tool writes the same template in another way; no stack is to change for that."""

    one = house()
    other = {
        name: json.dumps(
            json.loads(body, object_pairs_hook=lambda pairs: dict(reversed(pairs))), indent=4
        ).encode()
        for name, body in one.items()
    }
    assert other != one
    assert package(aws, other, BUCKET).parent == package(aws, one, BUCKET).parent


@pytest.mark.emulator
@pytest.mark.parametrize("large", ["leaf.json", "parent.json"])
def test_a_template_too_large_for_cloudformation_is_named_before_anything_is_sent(
    aws: Session, large: str
) -> None:
    templates = house(extra={f"Log{uuid.uuid4().hex}": {"Type": "AWS::Logs::LogGroup"}})
    document = json.loads(templates[large])
    document["Metadata"] = {"Text": "x" * TEMPLATE.value}
    before = _keys(aws)
    with pytest.raises(DeployError, match=rf"{large}: 1,00\d,\d{{3}} bytes, where .* 1,000,000; move a part"):
        package(aws, templates | {large: json.dumps(document).encode()}, BUCKET)
    assert _keys(aws) == before


@pytest.mark.emulator
def test_a_template_that_nests_itself_is_named(aws: Session) -> None:
    templates = house(annex={"Again": nested("middle.json")})
    with pytest.raises(DeployError, match=r"parent\.json nests middle\.json nests middle\.json"):
        package(aws, templates, BUCKET)


def test_what_was_sent_long_ago_is_sent_again() -> None:
    """The garbage collector spares what is young, and a deployment is about to use what it finds."""
    session = connect_to(
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "us-east-1"}
        | dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    )
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    headers = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(now)}}}
    templates = {"parent.json": house()["middle.json"], "leaf.json": house()["leaf.json"]}
    s3: Any = Stubber(session.client("s3"))
    with s3:
        for hours, is_sent in ((11, False), (13, True)):
            s3.add_response("head_object", {"LastModified": now - timedelta(hours=hours), **headers})
            if is_sent:
                s3.add_response("put_object", {})
            assert package(session, templates, BUCKET).uploaded == int(is_sent)
        s3.assert_no_pending_responses()


def _keys(aws: Session) -> set[str]:
    listed = pages(aws.client("s3"), "list_objects_v2", Bucket=BUCKET)
    return {each["Key"] for page in listed for each in page.get("Contents", [])}


def _read(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310 - the URL is ours, and asserted by what it leads to
        return answer.read()


@pytest.mark.emulator
def test_a_parent_too_large_to_be_sent_goes_to_the_bucket(aws: Session) -> None:
    small = package(aws, house(), BUCKET)
    large = package(aws, {"parent.json": b'{"Description": "' + b"x" * BODY_LIMIT + b'"}'}, BUCKET)
    assert list(small.source()) == ["TemplateBody"]
    assert list(large.source()) == ["TemplateURL"]


@pytest.mark.emulator
def test_a_child_that_is_not_there_is_named(aws: Session) -> None:
    templates = house()
    del templates["leaf.json"]
    with pytest.raises(DeployError, match=r"names leaf\.json, which is not among"):
        package(aws, templates, BUCKET)


@pytest.mark.emulator
def test_the_bucket_is_encrypted_versioned_and_closed(aws: Session) -> None:
    ensure_bucket(aws, BUCKET)
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
