"""What an agent says when AWS cannot be reached, or says no: the words of ECS, where ECS has them."""

# ruff: noqa: E501, ISC004 -- messages to the letter, as long as they are

from __future__ import annotations

from typing import Any

import pytest
from agent_images import ARCHITECTURE, Image, Layer, digest
from agent_stage import (
    ACCOUNT,
    API,
    CLOSED,
    KEYS,
    REGION,
    REGISTRY,
    SILENT,
    STORE,
    TASK,
    Played,
    Scene,
    order,
    play,
)

from private_fargate.fabric import privileges

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        privileges.why_not() is not None, reason=f"no network can be built here: {privileges.why_not()}"
    ),
]

IMAGE = Image([Layer().file("a", "b").zipped()])
AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
LOGS = "ResourceInitializationError: failed to validate logger args: "
MANIFEST = "CannotPullContainerError: pull image manifest has been retried "
PULL = "CannotPullContainerError: ref pull has been retried "
CHECK = ". Please check your task network configuration."
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/execution/0123"
URL = f"https://{REGISTRY}/v2/web/manifests/1"
LAYER = f"https://{STORE}/{digest(IMAGE.configuration())}"


def start(*containers: dict[str, Any], more: dict[str, Any] | None = None, **scene: Any) -> Played:
    return play(Scene(order(*(containers or ({},)), **(more or {})), **scene).push(IMAGE))


def refusal(code: str, message: str) -> list[Any]:
    return [400, {"__type": code, "message": message}]


def test_the_steps_come_in_the_order_of_ecs() -> None:
    """The image is pulled last; it has no command, so that nothing runs."""
    answers = {
        "GetSecretValue": [200, {"SecretString": "x"}],
        "GetParameters": [200, {"Parameters": [{"Name": "/web/token", "Value": "y"}]}],
    }
    played = start({"secrets": {"A": SECRET, "B": "/web/token"}}, answers=answers)
    assert played.steps() == [
        "registry auth",
        "secrets",
        "parameters",
        "log stream",
        "manifest",
        "layers",
        "unpack",
    ]
    assert [each["holds"] for each in played.events[:-1]] == [True] * 7
    assert played.end["reason"].endswith("unable to start container process: no command specified: unknown")


SILENCE: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "registry auth": (
        API["api.ecr"],
        {},
        "registry auth",
        f"{AUTH}unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send "
        f'request failed caused by: Post "https://{API["api.ecr"]}/": dial tcp {SILENT}:443: i/o timeout{CHECK}',
    ),
    "secrets": (
        API["secretsmanager"],
        {"secrets": {"A": SECRET}},
        "secrets",
        f"{AUTH}unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret "
        f"{SECRET} from secrets manager: RequestCanceled: request context canceled caused by: context deadline "
        f"exceeded{CHECK}",
    ),
    "parameters": (
        API["ssm"],
        {"secrets": {"A": "/a"}},
        "parameters",
        f"{AUTH}unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: "
        f"request context canceled caused by: context deadline exceeded{CHECK}",
    ),
    "log stream": (
        API["logs"],
        {},
        "log stream",
        f"{LOGS}The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a "
        "connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed",
    ),
    "manifest": (
        REGISTRY,
        {},
        "manifest",
        f"{MANIFEST}5 time(s): failed to resolve ref {REGISTRY}/web:1: failed to do request: "
        f'Head "{URL}": dial tcp {SILENT}:443: i/o timeout',
    ),
    "layers": (
        STORE,
        {},
        "layers",
        f"{PULL}5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: "
        f'Get "{LAYER}": dial tcp {SILENT}:443: i/o timeout',
    ),
}


@pytest.mark.parametrize("case", SILENCE)
def test_a_host_that_is_silent_stops_the_task_in_the_words_of_ecs(case: str) -> None:
    host, container, step, words = SILENCE[case]
    played = start(container, hosts={host: SILENT})
    assert played.end == {"event": "stopped", "code": "TaskFailedToStart", "reason": words}
    failed = played.step(step)
    assert (failed["holds"], failed["words"], failed["address"]) == (False, words, SILENT)
    assert played.steps()[-1] == step, "nothing comes after what failed"
    assert 0.4 < failed["seconds"] < 2


CAUSES = {
    "closed": (CLOSED, False, f"dial tcp {CLOSED}:443: connect: connection refused"),
    "unrouted": ("203.0.113.1", False, "dial tcp 203.0.113.1:443: connect: network is unreachable"),
    "nowhere": ("", True, "dial tcp: lookup {host} on 127.0.0.1:53: no such host"),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("host", [API["api.ecr"], REGISTRY])
def test_what_befell_a_connection_is_said_as_go_says_it(host: str, cause: str) -> None:
    address, is_unknown, words = CAUSES[cause]
    played = start(hosts={} if is_unknown else {host: address}, unknown=[host] if is_unknown else [])
    assert words.format(host=host) in played.end["reason"]


def test_a_certificate_of_somebody_else_is_not_believed() -> None:
    played = start(trusted=False)
    assert (
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        in played.end["reason"]
    )


REFUSALS: dict[str, tuple[str, list[Any], dict[str, Any], str]] = {
    "token": (
        "GetAuthorizationToken",
        refusal("AccessDeniedException", f"{WHO} is not authorized to perform: ecr:GetAuthorizationToken"),
        {},
        f"{AUTH}unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: "
        f"{WHO} is not authorized to perform: ecr:GetAuthorizationToken status code: 400",
    ),
    "secret": (
        "GetSecretValue",
        refusal(
            "AccessDeniedException", f"{WHO} is not authorized to perform: secretsmanager:GetSecretValue"
        ),
        {"secrets": {"A": SECRET}},
        f"failed to fetch secret {SECRET} from secrets manager: AccessDeniedException: {WHO} is not authorized",
    ),
    "no JSON": (
        "GetSecretValue",
        [200, {"SecretString": "'x'"}],
        {"secrets": {"A": f"{SECRET}:password::"}},
        "unable to retrieve secret from asm: service call has been retried 1 time(s): "
        "invalid character ''' looking for beginning of value",
    ),
    "no key": (
        "GetSecretValue",
        [200, {"SecretString": '{"user": "x"}'}],
        {"secrets": {"A": f"{SECRET}:password::"}},
        "retrieved secret from Secrets Manager did not contain json key password",
    ),
    "a key without the rest": (
        "GetSecretValue",
        [200, {}],
        {"secrets": {"A": f"{SECRET}:password"}},
        "an invalid ARN format for the AWS Secrets Manager secret was specified",
    ),
    "parameter": (
        "GetParameters",
        [200, {"Parameters": [], "InvalidParameters": ["/a"]}],
        {"secrets": {"A": "/a"}},
        f"{AUTH}unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /a",
    ),
    "log group": (
        "CreateLogStream",
        refusal("ResourceNotFoundException", "The specified log group does not exist."),
        {},
        f"{LOGS}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        "ResourceNotFoundException: The specified log group does not exist. status code: 400",
    ),
    "manifest": (
        "HEAD /v2/web/manifests/1",
        [403, ""],
        {},
        f"{MANIFEST}1 time(s): failed to resolve ref {REGISTRY}/web:1: unexpected status from HEAD request to {URL}: "
        "403 Forbidden",
    ),
    "tag": (
        "HEAD /v2/web/manifests/1",
        [404, ""],
        {},
        f"{MANIFEST}7 time(s): failed to resolve ref {REGISTRY}/web:1: not found",
    ),
    "layer": (
        f"GET /{digest(IMAGE.configuration())}",
        [403, "<Error/>"],
        {},
        f"{PULL}1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code {LAYER}: 403 Forbidden",
    ),
    "another layer": (
        f"GET /{digest(IMAGE.layers[0])}",
        [200, "something else"],
        {},
        f"unexpected commit digest {digest(b'something else')}, expected {digest(IMAGE.layers[0])}",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_aws_refuses_is_said_in_the_words_of_ecs(case: str) -> None:
    operation, answer, container, words = REFUSALS[case]
    played = start(container, answers={operation: answer})
    assert words in played.end["reason"]
    assert played.end["code"] == "TaskFailedToStart"


def test_a_signature_of_s3_is_in_no_words() -> None:
    assert "X-Amz-Signature" not in start(hosts={STORE: SILENT}).end["reason"]


def test_a_log_stream_that_is_there_already_is_good_enough() -> None:
    answers = {
        "CreateLogStream": refusal(
            "ResourceAlreadyExistsException", "The specified log stream already exists"
        )
    }
    assert start(answers=answers).step("log stream")["holds"]


def test_a_group_is_made_only_if_that_is_wanted() -> None:
    options = {"awslogs-group": "/g", "awslogs-region": REGION, "awslogs-stream-prefix": "p"}
    asked = [
        [each["operation"] for each in start({"log_options": {**options, **more}}).asked]
        for more in ({}, {"awslogs-create-group": "true"})
    ]
    assert ["CreateLogGroup" in each for each in asked] == [False, True]


def test_the_stream_has_the_name_that_ecs_gives_it() -> None:
    made = next(each["content"] for each in start().asked if each["operation"] == "CreateLogStream")
    assert made == {"logGroupName": "/web", "logStreamName": f"ecs/web/{TASK.rpartition('/')[2]}"}


def test_parameters_are_asked_for_by_tens_and_each_once() -> None:
    names = [f"/p{number}" for number in range(12)]
    containers = [
        {"name": name, "secrets": {f"V{number}": place for number, place in enumerate(names)}}
        for name in ("a", "b")
    ]
    played = start(*containers, more={"mode": "probe"})
    asked = [each["content"]["Names"] for each in played.asked if each["operation"] == "GetParameters"]
    assert sorted(asked, key=len) == [names[10:], names[:10]]


def test_without_a_role_that_can_be_had_nothing_is_asked() -> None:
    words = "ECS was unable to assume the role 'arn:role' that was provided for this task."
    played = start(more={"credentials": {"refused": words}})
    assert (played.end["reason"], played.asked) == (words, [])


def test_an_image_elsewhere_needs_no_role() -> None:
    container = {"image": f"{STORE}/web:1", "log_driver": None}  # any host that answers
    played = start(container, more={"credentials": None})
    assert played.steps()[:2] == ["manifest", "layers"]


def test_a_registry_that_gives_tokens_to_anybody_is_asked_for_one() -> None:
    """As Docker Hub does it: a challenge, a token for nobody in particular, and the same again."""
    host, realm = "registry-1.docker.io", "auth.docker.io"
    container = {"image": "web:1", "log_driver": None}
    scene = Scene(order(container, credentials=None), hosts=dict.fromkeys([host, realm], "127.0.0.2"))
    scene.challenges[host] = f'Bearer realm="https://{realm}/token",service="registry.docker.io"'
    played = play(scene.push(IMAGE, "library/web:1"))
    assert [(each["step"], each["holds"]) for each in played.events[:2]] == [
        ("manifest", True),
        ("layers", True),
    ]
    token = next(each for each in played.asked if each["host"] == realm)
    assert (token["operation"], token["authorization"]) == ("GET /token", "")
    assert token["query"] == "service=registry.docker.io&scope=repository%3Alibrary%2Fweb%3Apull"
    asked = [each["authorization"] for each in played.asked if each["host"] == host]
    assert asked[0] == ""
    assert set(asked[1:]) == {"Bearer given"}


def test_a_registry_with_credentials_is_told_them() -> None:
    """They are in a secret, which the execution role may read."""
    host = "registry.example.com"
    secret = f"{SECRET}-registry"
    container = {"image": f"{host}/web:1", "log_driver": None, "registry_credentials": secret}
    answers = {"GetSecretValue": [200, {"SecretString": '{"username": "me", "password": "mine"}'}]}
    scene = Scene(order(container), hosts={host: "127.0.0.2"}, answers=answers)
    scene.challenges[host] = 'Basic realm="registry"'
    played = play(scene.push(IMAGE))
    assert [each["holds"] for each in played.events[:3]] == [True] * 3
    asked = [each["authorization"] for each in played.asked if each["host"] == host]
    assert asked[:2] == ["", "Basic bWU6bWluZQ=="]


def test_an_index_leads_to_the_image_for_the_right_processor() -> None:
    image = Image(IMAGE.layers, is_index=True)
    name = {"amd64": "X86_64", "arm64": "ARM64"}[ARCHITECTURE]
    scene = Scene(order({}, task={"architecture": name})).push(image)
    assert play(scene).step("layers")["holds"]


@pytest.mark.parametrize("is_index", [True, False])
def test_an_image_for_another_processor_is_none(is_index: bool) -> None:  # noqa: FBT001 -- a parameter of pytest
    other = {"amd64": "arm64", "arm64": "amd64"}[ARCHITECTURE]
    name = {"amd64": "X86_64", "arm64": "ARM64"}[ARCHITECTURE]
    scene = Scene(order({}, task={"architecture": name})).push(
        Image(IMAGE.layers, architecture=other, is_index=is_index)
    )
    words = f"{MANIFEST}7 time(s): image Manifest does not contain descriptor matching platform 'linux/{ARCHITECTURE}'"
    assert play(scene).end["reason"] == words


def test_the_keys_of_the_registry_are_not_sent_to_the_store() -> None:
    sent = [each["authorization"] for each in start().asked if each["host"] == STORE]
    assert sent
    assert set(sent) == {""}


def test_the_second_container_of_an_image_does_not_fetch_its_layers_again() -> None:
    played = start({"name": "a"}, {"name": "b"})
    layer = f"GET /{digest(IMAGE.layers[0])}"
    assert [each["operation"] for each in played.asked].count(layer) == 1


def test_a_probe_tries_all_at_once_and_runs_nothing() -> None:
    hosts = dict.fromkeys([*API.values(), REGISTRY, STORE], SILENT)
    task = {"is_exec_enabled": True}
    wanted = order(
        {"secrets": {"A": SECRET, "B": "/b"}}, mode="probe", task=task, task_credentials=KEYS, patience=1
    )
    played = play(Scene(wanted, hosts=hosts).push(IMAGE))
    assert sorted(played.steps()) == [
        "exec",
        "layer store",
        "layers",
        "log stream",
        "manifest",
        "parameters",
        "registry",
        "registry auth",
        "secrets",
    ]
    assert not any(each["holds"] for each in played.events)
    assert (played.step("manifest")["why"], played.step("layers")["why"]) == (
        "no registry auth",
        "no manifest",
    )
    assert played.seconds < 3, "about the patience for one connection"


def test_a_probe_goes_as_far_as_it_can() -> None:
    played = start(
        more={
            "mode": "probe",
            "task": {"is_exec_enabled": True},
            "task_credentials": KEYS,
            "exec_key": "key",
        },
        hosts={API["logs"]: SILENT, f"kms.{REGION}.amazonaws.com": CLOSED},
    )
    held = {each["step"]: each["holds"] for each in played.events}
    assert held == {
        "registry auth": True,
        "registry": True,
        "layer store": True,
        "manifest": True,
        "layers": True,
        "log stream": False,
        "exec": True,
        "exec key": False,
    }
    assert {each["event"] for each in played.events} == {"step"}


def test_exec_without_a_role_of_the_task_does_not_hold() -> None:
    played = start(more={"mode": "probe", "task": {"is_exec_enabled": True}})
    assert not played.step("exec")["holds"]


def test_nothing_of_whoever_started_it_has_a_part_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the agent would reach the embedded AWS, or a proxy, without the network of its task."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT"):
        monkeypatch.setenv(name, "true")
    played = start()
    assert [each["holds"] for each in played.events[:4]] == [True] * 4
