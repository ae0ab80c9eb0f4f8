"""Every mistake is one line: file, line, setting, what is wrong, and what to write instead."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from private_fargate.config import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path

ALARM = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors-"
START = "name: demo\nservices:\n  web:\n    image: { repository: web }\n    port: 80\n"
SERVICE = "    "  # what follows belongs to the service of START

TOP = [
    ("nam: x", "6: nam: there is no such setting; did you mean name?"),
    ("networks: {}", "6: networks: there is no such setting; did you mean network?"),
    ("deletion: keep", "6: deletion: keep is none of its values; write one of delete, retain"),
    (
        "tags: { 'aws:x': y }",
        "6: tags.aws:x: aws:x is not a tag; write up to 128 characters, not starting with aws:",
    ),
    ("tags: [a]", "6: tags: a list is not a mapping; write NAME: VALUE lines below it"),
    ("tags: { Count: 3 }", "6: tags.Count: 3 is not a text; put it in quotes"),
    ("regions: []", "6: regions: there is none; write at least one"),
    ("regions: [europe]", "6: regions: europe is not a Region; write one such as us-east-1"),
    ("regions: us-east-1", "6: regions: us-east-1 is not a list; write [ONE, TWO] or a line with - for each"),
    ("network:", "6: network: there is no value; write one, or remove the line"),
    (
        "network: { cidr: 10.0.0.0/24 }",
        "6: network.cidr: 10.0.0.0/24 cannot hold the subnets of 6 zones; "
        "use a /23 or larger, for example 10.0.0.0/23",
    ),
    (
        "network: { cidr: 10.0.0.0 }",
        "6: network.cidr: 10.0.0.0 is not a range of IPv4 addresses; write one such as 10.0.0.0/16",
    ),
    (
        "network: { cidr: 10.0.0.0/8 }",
        "6: network.cidr: 10.0.0.0/8 is larger than a VPC can be; use a /16, for example 10.0.0.0/16",
    ),
    (
        "network: { cidr: 10.0.1.0/16 }",
        "6: network.cidr: 10.0.1.0/16 does not start at the beginning of its range; write 10.0.0.0/16",
    ),
    (
        "network: { cidr: 8.8.0.0/16 }",
        "6: network.cidr: 8.8.0.0/16 is not private; write a range of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
    ),
    (
        "network: { cidr: ten }",
        "6: network.cidr: ten is not a range of IPv4 addresses; write one such as 10.0.0.0/16",
    ),
    ("network: { zones: 7 }", "6: network.zones: 7 is out of range; write 2 to 6 zones"),
    ("network: { zones: [us-east-1a] }", "6: network.zones: 1 zones are named; name 2 to 6"),
    (
        "network: { zones: [us-east-1a, us-east-1a] }",
        "6: network.zones: a zone is named twice; name each once",
    ),
    (
        "network: { zones: [us-east-1a, eu-west-1b] }",
        "6: network.zones: eu-west-1b is no zone of us-east-1; write one such as us-east-1a",
    ),
    (
        "network: { egress: nat }",
        "6: network.egress: nat is none of its values; "
        "write one of nat-per-zone, nat-regional, nat-single, none",
    ),
    (
        "network: { egress: nat-perzone }",
        "6: network.egress: nat-perzone is none of its values; did you mean nat-per-zone?",
    ),
    (
        "network: { endpoints: [ecr-api] }",
        "6: network.endpoints: the endpoint service ecr-api is unknown; did you mean ecr.api?",
    ),
    ("network: { flow_logs: true }", "6: network.flow_logs: true is none of its values; write one of false"),
    (
        "network: { flow_logs: { retention: 31 } }",
        "6: network.flow_logs.retention: CloudWatch Logs cannot keep 31 days; write 30",
    ),
    (
        "discovery: { namespace: No_Name }",
        "6: discovery.namespace: No_Name is not a DNS name; "
        "write labels of lower-case letters, digits and hyphens, separated by dots",
    ),
    (
        "cluster: { container_insights: true }",
        "6: cluster.container_insights: true is none of its values; write one of disabled, enabled, enhanced",
    ),
    (
        "jump_host: { instance_type: micro }",
        "6: jump_host.instance_type: micro is not an instance type; write one such as t3.micro",
    ),
    (
        "deployment: { role: admin }",
        "6: deployment.role: admin is not the ARN of a role; write arn:aws:iam::ACCOUNT:role/NAME",
    ),
    (
        "deployment: { notify: [ops] }",
        "6: deployment.notify: ops is not the ARN of an SNS topic; write arn:aws:sns:REGION:ACCOUNT:NAME",
    ),
    (
        "deployment: { rollback: { minutes: 181 } }",
        "6: deployment.rollback.minutes: 181 is out of range; write 0 to 180 minutes",
    ),
    (
        f"deployment: {{ rollback: {{ alarms: [{', '.join(f'{ALARM}{number}' for number in range(6))}] }} }}",
        "6: deployment.rollback.alarms: 6 alarms in eu-west-1 are too many; name 5 at most",
    ),
    (
        "jump_host: { placement: publik }",
        "6: jump_host.placement: publik is none of its values; did you mean public?",
    ),
    (
        "network: { egress: none }\njump_host: { placement: public }",
        "7: jump_host.placement: a public jump host needs a way to the internet, and egress is none; "
        "write placement: private",
    ),
    (
        "network: { egress: none, endpoints: [s3, ecr.api, ecr.dkr, logs, ssm] }",
        "6: network.endpoints: ssmmessages is missing, and egress is none "
        "(jump host: is reached through Session Manager); add ssmmessages, or write auto",
    ),
]

IN_SERVICE = [
    ("port: 80", "6: services.web.port: stands twice, first on line 5; remove one of the two"),
    ("cpus: 1", "6: services.web.cpus: there is no such setting; did you mean cpu?"),
    (
        "cpu: 300",
        "6: services.web.cpu: Fargate has no task of 300 CPU units; "
        "write 256, or another of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768",
    ),
    (
        "memory: 512",
        "6: services.web.memory: 512 MiB do not go with 512 CPU units; write 1024, or another from 1024 to 4096",
    ),
    (
        "memory: 1GB",
        "6: services.web.memory: 1GB is not a whole number; write it with digits only, without quotes",
    ),
    ("count: -1", "6: services.web.count: -1 is out of range; write 0 to 5000 tasks"),
    (
        "count: yes",
        "6: services.web.count: yes is not a whole number; write it with digits only, without quotes",
    ),
    ("platform: arm64", "6: services.web.platform: arm64 is none of its values; did you mean linux/arm64?"),
    ("exec: on", "6: services.web.exec: on is not true or false; write one of them, without quotes"),
    ("environment: { LEVEL: 012 }", "6: services.web.environment.LEVEL: 012 is not a text; put it in quotes"),
    (
        "environment: { MY-LEVEL: info }",
        "6: services.web.environment.MY-LEVEL: MY-LEVEL is not the name of a variable of yours; "
        "write letters, digits and underscores; SERVICE_DISCOVERY_NAMESPACE_ID is set already",
    ),
    (
        "environment: { SERVICE_DISCOVERY_NAMESPACE_ID: x }",
        "6: services.web.environment.SERVICE_DISCOVERY_NAMESPACE_ID: "
        "SERVICE_DISCOVERY_NAMESPACE_ID is not the name of a variable of yours; "
        "write letters, digits and underscores; SERVICE_DISCOVERY_NAMESPACE_ID is set already",
    ),
    (
        "secrets: { KEY: { secretmanager: x } }",
        "6: services.web.secrets.KEY.secretmanager: there is no such setting; did you mean secretsmanager?\n"
        ":6: services.web.secrets.KEY.secretsmanager: is required and not there; write secretsmanager: NAME",
    ),
    (
        "secrets: { KEY: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x' }",
        "6: services.web.secrets.KEY: arn:aws:secretsmanager:us-east-1:111122223333:secret:x is not an SSM parameter; "
        "write its name or ARN; a secret of Secrets Manager is {secretsmanager: NAME}",
    ),
    (
        "environment: { KEY: a }\n    secrets: { KEY: b }",
        "7: services.web.secrets.KEY: KEY stands in environment too; remove it from one of the two",
    ),
    (
        "writable: [/tmp]",
        "6: services.web.writable: everything is writable while read_only is false; write read_only: true, or remove it",
    ),
    (
        "writable: [tmp]",
        "6: services.web.writable: tmp is not an absolute path; write one such as /var/cache/nginx",
    ),
    (
        "logging: { retention: 2 }",
        "6: services.web.logging.retention: CloudWatch Logs cannot keep 2 days; write 3",
    ),
    ("allow_to: [wev]", "6: services.web.allow_to: there is no service wev; did you mean web?"),
    (
        "allow_to: [10.1.0.0/99]",
        "6: services.web.allow_to: 10.1.0.0/99 is not a range of IPv4 addresses; write one such as 10.1.0.0/16:5432",
    ),
    ("allow_to: ['10.1.0.0/16:x']", "6: services.web.allow_to: x is not a port; write 1 to 65535"),
    (
        "healthcheck: { command: [curl, x] }",
        "6: services.web.healthcheck.command: the command does not say how it is run; "
        'write [CMD-SHELL, "curl -f http://localhost/"] or [CMD, …]',
    ),
    (
        "healthcheck: { command: [CMD, x], interval: 10m }",
        "6: services.web.healthcheck.interval: 600 is out of range; write 5 to 300 seconds",
    ),
    (
        "healthcheck: { command: [CMD, x], timeout: soon }",
        "6: services.web.healthcheck.timeout: soon is not a duration; write seconds, or a text such as 1m30s",
    ),
    ("logging: !secret x", "6: services.web.logging: the tag !secret is unknown; write a plain value"),
]

WHOLE = [
    ("", ": the file is empty; write at least a name and one service"),
    ("- a", ": the file holds no settings by name; write NAME: VALUE lines, such as name: demo"),
    ("name: demo", ": services: is required and not there; write services: and a service below it"),
    ("name: demo\nservices: {}", ":2: services: there is none; write at least one"),
    (
        "name: demo\nservices: { web: { port: 80 } }",
        ":2: services.web.image: is required and not there; "
        "write image: REGISTRY/NAME:TAG, or image: {repository: NAME}",
    ),
    (
        "name: Demo\nservices: { web: { image: x, port: 80 } }",
        ":1: name: Demo is not a name; "
        "write 2 to 32 lower-case letters, digits and single hyphens, a letter first",
    ),
    (
        "name: demo\nservices: { network: { image: x, port: 80 } }",
        ":2: services.network: Network is the name of a stack of ours; choose another name",
    ),
    (
        "name: demo\nservices: { a-bc: { image: x, port: 80 }, a-Bc: { image: x, port: 80 } }",
        ":2: services.a-Bc: a-Bc is not a name; "
        "write up to 48 lower-case letters, digits and single hyphens, a letter first",
    ),
    (
        "name: demo\nnetwork: { egress: none }\nservices: { web: { image: 'nginx:1.29', port: 80 } }",
        ":3: services.web.image: nginx:1.29 cannot be pulled: no endpoint leads to its registry, and egress is none; "
        "mirror it: {repository: web, mirror: nginx:1.29}",
    ),
    (
        "name: demo\nservices: { web: { image: 'https://x/y', port: 80 } }",
        ":2: services.web.image: https://x/y is not an image; "
        "write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…, without https://",
    ),
    (
        "name: demo\nservices: { web: { image: { repository: A }, port: 80 } }",
        ":2: services.web.image.repository: A is not a repository name; "
        "write lower-case letters, digits and ._-/ between them",
    ),
    ("a: {", ":1: not valid YAML: expected the node content, but found '<stream end>'; correct the line"),
    ("a:\n\t- b", ":2: not valid YAML: found character '\\t' that cannot start any token; correct the line"),
    ("extends: none.yaml", ":1: extends: there is no file none.yaml; name a file beside it"),
    ("extends: ../x.yaml", ":1: extends: ../x.yaml is outside the folder of the file; name a file beside it"),
    ("extends: env.yaml", ":1: extends: env.yaml extends itself; end the circle"),
    ('extends: "\\0"', ":1: extends: '\\x00' cannot be a file; name a file beside it"),
    (f"extends: {'a' * 5000}", f":1: extends: '{'a' * 60}' cannot be a file; name a file beside it"),
    (
        "name: demo\nservices: { a-1: { image: x, port: 80 }, a1: { image: x, port: 80 } }",
        ":2: services.a1: it and a-1 would both be called A1; choose another name",
    ),
    (
        "name: demo\nservices:\n  web: { image: x, port: 0 }\n  api: { image: x, port: 80, allow_to: [web] }",
        ":3: services.web.port: 0 is out of range; write 1 to 65535",
    ),
    ("extends: [a]", ":1: extends: there is no name of a file; write one such as base.yaml"),
]


def mistakes(folder: Path, text: str) -> str:
    file = folder / "env.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    return str(caught.value).replace(f"{file}", "")


@pytest.mark.parametrize(("line", "message"), TOP)
def test_a_wrong_setting_is_named(tmp_path: Path, line: str, message: str) -> None:
    assert mistakes(tmp_path, START + line) == f":{message}"


@pytest.mark.parametrize(("line", "message"), IN_SERVICE)
def test_a_wrong_setting_of_a_service_is_named(tmp_path: Path, line: str, message: str) -> None:
    assert mistakes(tmp_path, START + SERVICE + line) == f":{message}"


@pytest.mark.parametrize(("text", "message"), WHOLE)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert mistakes(tmp_path, text) == message


def test_all_mistakes_are_reported_at_once_by_line(tmp_path: Path) -> None:
    text = (
        "name: Demo\n"
        "network: { zones: 9 }\n"
        "services:\n"
        "  web: { image: { repository: web }, port: 0, cpu: 300 }\n"
        "  api: { image: { repository: api }, port: 80, allow_to: [nowhere/9] }\n"
    )
    lines = mistakes(tmp_path, text).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [":1", "name"],
        [":2", "network.zones"],
        [":4", "services.web.port"],
        [":5", "services.api.allow_to"],
    ]


def test_a_file_over_one_megabyte_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "#" * 1_000_001) == ": the file is larger than 1 MB; split it with extends"


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    found = mistakes(tmp_path, "\n".join(levels))
    assert found.endswith("the file unfolds into more than 200,000 values; do without aliases")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert "deep" in mistakes(tmp_path, "a: " + "[" * 50 + "]" * 50)
    assert "nested" in mistakes(tmp_path, "a: " + "[" * 5_000 + "]" * 5_000)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_bytes(b"name: \xff")
    with pytest.raises(ConfigError, match="byte 6 is not UTF-8; save the file as UTF-8"):
        load(file)


def test_a_directory_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a directory; name a file in it"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="there is no such file; correct the path"):
        load(tmp_path / "none.yaml")


def test_a_link_that_leads_to_itself_is_no_file_to_extend(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    found = mistakes(tmp_path, "extends: loop.yaml")
    assert found.startswith(":1: extends: ")
    assert found.endswith("; name a file beside it")


def test_ten_thousand_mistakes_are_told_in_seconds(tmp_path: Path) -> None:
    start = time.perf_counter()
    found = mistakes(tmp_path, "\n".join(f"k{number}: 1" for number in range(10_000)))
    assert found.count("there is no such setting") == 10_000
    assert time.perf_counter() - start < 8
