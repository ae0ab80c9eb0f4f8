from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from doorstep import REGION, Doorstep, allow, anybody, document, endpoint

from private_fargate.deploy.registry import Registry
from private_fargate.local.oci import push
from private_fargate.local.placeholder import placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import urllib3

    from private_fargate.deploy.session import Session

DOMAIN = "us-east-1.amazonaws.com"
REPOSITORY = "doors/nginx"
BUCKET = f"prod-{REGION}-starport-layer-bucket"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
TOKEN = "ecr:GetAuthorizationToken"  # noqa: S105 -- an action
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
IMAGE = placeholder("arm64")
LAYER = json.loads(IMAGE.manifest)["layers"][0]["digest"]


class Puller(NamedTuple):
    """A container runtime: it has a token, and follows where it is sent."""

    web: urllib3.PoolManager
    registry: str
    token: str

    def get(self, path: str, method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
        ours = {"Authorization": f"Basic {self.token}", **headers}
        return self.web.request(method, f"https://{self.registry}{path}", headers=ours, redirect=False)

    def link(self, digest: str = LAYER) -> str:
        answer = self.get(f"/v2/{REPOSITORY}/blobs/{digest}")
        assert answer.status == 307, answer.data
        return str(answer.headers["Location"])

    def error(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        answer = self.get(path, method)
        error = answer.json()["errors"][0]
        return answer.status, error["code"], error["message"]


@pytest.fixture
def step(aws: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    doorstep = Doorstep(aws, tmp_path, monkeypatch)
    aws.client("ecr").create_repository(repositoryName=REPOSITORY)
    push(aws, REPOSITORY, IMAGE)
    yield doorstep
    aws.client("ecr").delete_repository(repositoryName=REPOSITORY, force=True)
    doorstep.close()


def repository(step: Doorstep, name: str = REPOSITORY) -> str:
    return f"arn:aws:ecr:{REGION}:{step.account}:repository/{name}"


def puller(step: Doorstep, *statements: dict[str, Any], **policies: Any) -> Puller:
    """Open the three doors that a pull needs, and get a token at the first one."""
    registry = f"{step.account}.dkr.ecr.{DOMAIN}"
    step.open(f"api.ecr.{DOMAIN}", at=endpoint("ecr.api", policies.get("api")))
    step.open(registry, at=endpoint("ecr.dkr", policies.get("dkr")))
    gateway = endpoint("s3", policies.get("s3"), kind="Gateway")
    step.network.endpoints[gateway.id] = gateway  # type: ignore[index] -- the fixture's is a dictionary
    step.open(f"s3.{DOMAIN}", at=gateway)
    ecr = step.client("ecr", step.role(allow(TOKEN), *statements))
    given = ecr.get_authorization_token()["authorizationData"][0]
    assert given["proxyEndpoint"] == f"https://{registry}"
    assert base64.b64decode(given["authorizationToken"]).startswith(b"AWS:")
    assert int(given["expiresAt"].timestamp()) == int(step.now) + 12 * 3600
    return Puller(step.web(), registry, given["authorizationToken"])


def code_of(answer: urllib3.BaseHTTPResponse) -> tuple[int, str, str]:
    text = answer.data.decode()
    return answer.status, *(text.split(f"<{each}>")[1].split("<")[0] for each in ("Code", "Message"))


@pytest.mark.emulator
def test_an_image_comes_by_three_doors(step: Doorstep) -> None:
    """The last one is that of S3, which is the one that people forget."""
    it = puller(step, allow(*PULL, resource=repository(step)))
    manifest = it.get(f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}", Accept=MANIFEST_TYPE)
    assert manifest.data == IMAGE.manifest
    assert manifest.headers["Content-Type"] == MANIFEST_TYPE
    for digest, blob in IMAGE.blobs.items():
        link = it.link(digest)
        assert urlsplit(link).hostname == f"{BUCKET}.s3.{DOMAIN}"
        found = it.web.request("GET", link)
        assert found.data == blob
        assert f"sha256:{hashlib.sha256(found.data).hexdigest()}" == digest
    assert [(door, what.partition(" ")[0], status) for door, what, status in step.seen()] == [
        ("ecr.api", TOKEN, 200),
        ("ecr.dkr", "ecr:BatchGetImage", 200),
        ("ecr.dkr", "ecr:GetDownloadUrlForLayer", 307),
        ("s3", "s3:GetObject", 200),
        ("ecr.dkr", "ecr:GetDownloadUrlForLayer", 307),
        ("s3", "s3:GetObject", 200),
    ]
    assert step.seen()[-1][1].startswith(f"s3:GetObject on arn:aws:s3:::{BUCKET}/")


@pytest.mark.emulator
def test_a_manifest_is_there_without_its_body(step: Doorstep) -> None:
    """Docker and containerd ask so for the digest behind a tag."""
    it = puller(step, allow(*PULL))
    tag = f"placeholder-{IMAGE.digest.removeprefix('sha256:')[:12]}"
    answer = it.get(f"/v2/{REPOSITORY}/manifests/{tag}", "HEAD", Accept=MANIFEST_TYPE)
    assert (answer.status, answer.data) == (200, b"")
    assert answer.headers["Docker-Content-Digest"] == IMAGE.digest
    assert answer.headers["Content-Length"] == str(len(IMAGE.manifest))
    assert it.get(f"/v2/{REPOSITORY}/blobs/{LAYER}", "HEAD").status == 307
    layer = it.web.request("HEAD", it.link())
    assert (layer.status, layer.headers["Content-Length"]) == (200, str(len(IMAGE.blobs[LAYER])))


@pytest.mark.emulator
def test_without_a_token_a_registry_says_how_to_get_in(step: Doorstep) -> None:
    it = puller(step)
    answer = step.web().request("GET", f"https://{it.registry}/v2/")
    assert answer.status == 401
    assert (
        answer.headers["Www-Authenticate"]
        == f'Basic realm="https://{it.registry}/",service="ecr.amazonaws.com"'
    )
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert it.get("/v2/").status == 200


@pytest.mark.emulator
def test_a_token_is_good_for_twelve_hours_and_for_nobody_else(step: Doorstep) -> None:
    it = puller(step, allow(*PULL))
    path = f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}"
    step.now += 12 * 3600 - 1
    assert it.get(path).status == 200
    step.now += 2
    assert it.error(path)[:2] == (403, "DENIED")
    assert "expired" in it.error(path)[2]
    made_up = base64.b64encode(b"AWS:made-up").decode()
    of_the_embedded = base64.b64encode(b"AWS:ministack-auth-token").decode()
    for token in (made_up, of_the_embedded, "%%%", ""):
        assert it._replace(token=token).error(path) == (403, "DENIED", "Your Authorization Token is invalid.")


@pytest.mark.emulator
def test_a_manifest_and_a_layer_are_two_permissions(step: Doorstep) -> None:
    it = puller(step, allow("ecr:BatchGetImage", resource=repository(step)))
    assert it.get(f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}").status == 200
    status, code, words = it.error(f"/v2/{REPOSITORY}/blobs/{LAYER}")
    assert (status, code) == (403, "DENIED")
    assert words.endswith(
        f"is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: {repository(step)} "
        "because no identity-based policy allows the ecr:GetDownloadUrlForLayer action"
    )


@pytest.mark.emulator
def test_the_policy_of_the_registrys_endpoint_counts(step: Doorstep) -> None:
    it = puller(step, allow(*PULL), dkr=anybody("ecr:*", resource=repository(step, "other")))
    words = it.error(f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}")[2]
    assert words.endswith("because no VPC endpoint policy allows the ecr:BatchGetImage action")


@pytest.mark.emulator
def test_the_policy_of_a_repository_can_deny(step: Doorstep) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    step.aws.client("ecr").set_repository_policy(
        repositoryName=REPOSITORY, policyText=json.dumps(document(deny))
    )
    words = puller(step, allow(*PULL)).error(f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}")[2]
    assert words.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.emulator
def test_a_gateway_that_lets_only_our_account_through_keeps_layers_out(step: Doorstep) -> None:
    """The bucket is one of AWS, and ECR signed the link: neither is of the account."""
    for key in ("aws:PrincipalAccount", "aws:ResourceAccount"):
        ours = anybody("s3:*", Condition={"StringEquals": {key: step.account}})
        it = puller(step, allow(*PULL), s3=ours)
        answer = it.web.request("GET", it.link())
        assert code_of(answer) == (403, "AccessDenied", "Access Denied"), key
        assert step.doors.visits[-1].why == "because no VPC endpoint policy allows the s3:GetObject action"


@pytest.mark.emulator
def test_a_gateway_that_names_the_bucket_of_layers_lets_them_through(step: Doorstep) -> None:
    it = puller(step, allow(*PULL), s3=anybody("s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/*"))
    assert it.web.request("GET", it.link()).data == IMAGE.blobs[LAYER]
    wrong = anybody("s3:GetObject", resource="arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*")
    it = puller(step, allow(*PULL), s3=wrong)
    assert it.web.request("GET", it.link()).status == 403


@pytest.mark.emulator
def test_a_link_to_a_layer_is_good_for_an_hour_and_as_it_is(step: Doorstep) -> None:
    it = puller(step, allow(*PULL))
    link = it.link()
    changed = [link[:-4] + "0000", link.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000")]
    for each in changed:
        assert code_of(it.web.request("GET", each))[:2] == (403, "SignatureDoesNotMatch")
    assert code_of(it.web.request("GET", link.partition("?")[0]))[:2] == (403, "AccessDenied")
    twice = it.web.request("GET", link, headers={"Authorization": f"Basic {it.token}"})
    assert code_of(twice)[:2] == (400, "InvalidArgument")
    assert code_of(it.web.request("PUT", link, body=b"x"))[:2] == (403, "AccessDenied")
    step.now += 3601
    assert code_of(it.web.request("GET", link)) == (403, "AccessDenied", "Request has expired")


@pytest.mark.emulator
def test_what_is_not_there_is_said_to_be_unknown(step: Doorstep) -> None:
    it = puller(step, allow(*PULL))
    nothing = f"sha256:{'0' * 64}"
    assert it.error(f"/v2/{REPOSITORY}/blobs/{nothing}")[:2] == (404, "BLOB_UNKNOWN")
    assert it.error(f"/v2/{REPOSITORY}/manifests/{nothing}")[:2] == (404, "MANIFEST_UNKNOWN")
    assert it.error("/v2/doors/other/manifests/latest")[:2] == (404, "NAME_UNKNOWN")
    assert it.error("/v2/_catalog")[:2] == (404, "UNSUPPORTED")
    assert it.error(f"/v2/{REPOSITORY}/../../_ministack/health")[:2] == (404, "UNSUPPORTED")


@pytest.mark.emulator
def test_the_registry_of_another_account_needs_its_consent(step: Doorstep) -> None:
    """What our own repository of that name says is no consent of theirs."""
    open_to_all = document({"Effect": "Allow", "Principal": "*", "Action": list(PULL)})
    step.aws.client("ecr").set_repository_policy(
        repositoryName=REPOSITORY, policyText=json.dumps(open_to_all)
    )
    it = puller(step, allow(*PULL))
    other = it.registry.replace(step.account, "444455556666")
    step.open(other, at=endpoint("ecr.dkr"))
    status, code, words = it._replace(registry=other).error(f"/v2/{REPOSITORY}/manifests/{IMAGE.digest}")
    assert (status, code) == (403, "DENIED")
    assert words.endswith("because no resource-based policy allows the ecr:BatchGetImage action")


@pytest.mark.emulator
def test_an_image_is_pushed_with_the_actions_of_a_push(step: Doorstep) -> None:
    path = f"/v2/{REPOSITORY}/blobs/uploads/"
    it = puller(step, allow(*PULL))
    assert "ecr:InitiateLayerUpload" in it.error(path, "POST")[2]
    writing = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
    it = puller(step, allow(*PULL, *writing, resource=repository(step)))
    blob = b"x" * 300_000
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    place = it.get(path, "POST").headers["Location"]
    ours = {"Authorization": f"Basic {it.token}"}
    done = it.web.request("PUT", f"https://{it.registry}{place}?digest={digest}", body=blob, headers=ours)
    assert done.status == 201
    assert it.web.request("GET", it.link(digest)).data == blob


@pytest.mark.emulator
def test_the_api_of_ecr_gives_the_same_links(step: Doorstep) -> None:
    it = puller(step, allow(*PULL))
    ecr = step.client("ecr", step.role(allow(*PULL, resource=repository(step))))
    found = ecr.get_download_url_for_layer(repositoryName=REPOSITORY, layerDigest=LAYER)
    assert it.web.request("GET", found["downloadUrl"]).data == IMAGE.blobs[LAYER]
    image = ecr.batch_get_image(repositoryName=REPOSITORY, imageIds=[{"imageDigest": IMAGE.digest}])
    assert image["images"][0]["imageManifest"].encode() == IMAGE.manifest


@pytest.mark.emulator
def test_our_own_client_of_registries_pulls_through_the_doors(
    step: Doorstep, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    it = puller(step, allow(*PULL))
    monkeypatch.setenv("SSL_CERT_FILE", str(step.certificates.authority_file))
    client = Registry(f"https://{it.registry}", f"Basic {it.token}")
    assert client.manifest(REPOSITORY, IMAGE.digest) == (IMAGE.manifest, MANIFEST_TYPE)
    with (tmp_path / "layer").open("wb") as file:
        client.blob(REPOSITORY, LAYER, file)
    assert (tmp_path / "layer").read_bytes() == IMAGE.blobs[LAYER]
