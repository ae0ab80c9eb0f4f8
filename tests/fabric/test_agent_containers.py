"""Containers that run: as root of the machine, and where only one user is known."""

from __future__ import annotations

import time
from typing import Any

import pytest
from agent_images import Image, Layer, machine
from agent_stage import ACCOUNT, API, CLOSED, REGION, Played, Scene, order, play

from private_fargate.fabric import privileges

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        privileges.why_not() is not None, reason=f"no network can be built here: {privileges.why_not()}"
    ),
]

PROGRAMS = (
    "sh",
    "cat",
    "chown",
    "grep",
    "hostname",
    "id",
    "ls",
    "mount",
    "setpriv",
    "sleep",
    "stat",
    "touch",
)
BASE = machine(*PROGRAMS).zipped()
DOCKERS = "00000000a80425fb"  # Source: what `docker run … grep Cap /proc/self/status` prints


@pytest.fixture(params=[False, True], ids=["root", "one user"])
def one_user(request: pytest.FixtureRequest) -> bool:
    return request.param


def run(
    script: str, *, one_user: bool = False, config: dict[str, Any] | None = None, **container: Any
) -> Played:
    image = Image([BASE], config or {})
    return play(
        Scene(order({"command": ["/bin/sh", "-c", script], **container}), one_user=one_user).push(image)
    )


def several(*containers: dict[str, Any], stop_after: float | None = None, **more: Any) -> Played:
    return play(Scene(order(*containers), stop_after=stop_after, **more).push(Image([BASE])))


def shell(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": ["/bin/sh", "-c", script], **more}


def test_what_it_prints_comes_to_cloudwatch_and_its_exit_code_ends_the_task(*, one_user: bool) -> None:
    played = run("echo one; echo two >&2; exit 3", one_user=one_user)
    assert played.lines() == ["one", "two"]
    assert [each["event"] for each in played.events[-2:]] == ["running", "stopped"]
    assert played.end == {
        "event": "stopped",
        "code": "EssentialContainerExited",
        "reason": "Essential container in task exited",
        "container": "web",
        "exit_codes": {"web": 3},
    }


def test_it_is_alone(*, one_user: bool) -> None:
    """Its shell is the first process, and the folders of the machine are not there."""
    played = run(
        "echo $$; ls -d /proc/[0-9]*; ls -d /work /root; hostname; cat /etc/hosts", one_user=one_user
    )
    assert played.lines()[0] == "1"
    assert [each for each in played.lines() if each.startswith("/proc/")] == ["/proc/1"]
    assert any("'/root': No such file" in each for each in played.lines())
    assert "ip-127-0-0-1.ec2.internal" in played.lines()
    assert "127.0.0.1 ip-127-0-0-1.ec2.internal" in played.lines()


def test_it_has_the_capabilities_of_docker_and_gains_none(*, one_user: bool) -> None:
    lines = run("grep -E 'CapEff|CapBnd|NoNew' /proc/self/status", one_user=one_user).lines()
    assert [each.split()[1] for each in lines] == [DOCKERS, DOCKERS, "1"]


def test_it_cannot_mount(*, one_user: bool) -> None:
    played = run("mount -t tmpfs none /tmp", one_user=one_user)
    assert "permission denied" in played.lines()[0]


def test_capabilities_are_taken_away_by_the_definition() -> None:
    lines = run("grep -E 'CapEff' /proc/self/status", dropped=["ALL"]).lines()
    assert lines[0].split()[1] == "0" * 16


def test_a_root_that_is_read_only_has_folders_that_are_not(*, one_user: bool) -> None:
    script = "touch /no; touch /data/yes /tmp/yes /mem/yes && ls /data /mem; stat -c %a:%u /data"
    volumes = {"volumes": [{"name": "data", "kind": "task"}, {"name": "tmp", "kind": "task"}]}
    mounts = [{"volume": name, "path": f"/{name}", "is_read_only": False} for name in ("data", "tmp")]
    container = {
        "command": ["/bin/sh", "-c", script],
        "is_read_only": True,
        "mounts": mounts,
        "tmpfs": [{"path": "/mem", "size": 1, "options": ["noexec"]}],
    }
    played = play(Scene(order(container, task=volumes), one_user=one_user).push(Image([BASE])))
    assert "Read-only file system" in played.lines()[0]
    assert played.lines()[1:] == ["/data:", "yes", "/mem:", "yes", "755:0"], "empty lines are not kept"


def test_containers_share_a_volume_and_one_may_only_read() -> None:
    volumes = {"volumes": [{"name": "data", "kind": "task"}]}
    mount = {"volume": "data", "path": "/data", "is_read_only": False}
    writer = shell("a", "echo hello > /data/x", mounts=[mount], is_essential=False)
    reader = shell(
        "b",
        "cat /data/x; touch /data/y",
        mounts=[{**mount, "is_read_only": True}],
        depends_on=[{"container": "a", "condition": "SUCCESS"}],
    )
    played = play(Scene(order(writer, reader, task=volumes)).push(Image([BASE])))
    assert played.lines()[0] == "hello"
    assert "Read-only file system" in played.lines()[1]


def test_a_volume_that_the_image_declares_begins_with_what_is_there() -> None:
    layer = Layer().folder("data", 0o750, uid=101, gid=102).file("data/x", "from the image", uid=101).zipped()
    image = Image([BASE, layer], {"Volumes": {"/data": {}}})
    container = shell("web", "cat /data/x; echo; stat -c %a:%u:%g /data; touch /data/y", is_read_only=True)
    played = play(Scene(order(container)).push(image))
    assert played.lines() == ["from the image", "750:101:102"]
    assert played.end["exit_codes"] == {"web": 0}


def test_a_volume_that_is_somewhere_else_stops_the_task() -> None:
    mounts = [{"volume": "files", "path": "/files", "is_read_only": False}]
    task = {"volumes": [{"name": "files", "kind": "efs"}]}
    played = play(Scene(order(shell("web", "true", mounts=mounts), task=task)).push(Image([BASE])))
    assert "volume files is on EFS, which this machine does not have" in played.end["reason"]


def test_variables_come_over_each_other_in_the_order_of_ecs() -> None:
    file, secret = "arn:aws:s3:::files/web.env", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
    hosts = dict.fromkeys([f"s3.{REGION}.amazonaws.com", f"files.s3.{REGION}.amazonaws.com"], "127.0.0.2")
    answers = {
        "GetSecretValue": [200, {"SecretString": '{"user": "me"}'}],
        "GET /files": [200, "<LocationConstraint/>"],
        "GET /web.env": [200, "B=file\nC=file\n"],
    }
    container = shell(
        "web",
        "echo $A $B $C $D $AWS_EXECUTION_ENV $AWS_REGION $HOME",
        environment={"C": "definition"},
        environment_files=[file],
        secrets={"D": f"{secret}:user::"},
    )
    image = Image([BASE], {"Env": ["A=image", "B=image", "C=image"]})
    played = play(Scene(order(container), hosts=hosts, answers=answers).push(image))
    assert played.lines() == [f"image file definition me AWS_ECS_FARGATE {REGION} /root"], played.end


def test_an_entry_point_of_the_definition_leaves_nothing_of_the_image() -> None:
    config = {"Entrypoint": ["/bin/sh", "-c", "echo image"], "Cmd": ["more"]}
    played = play(Scene(order({"entry_point": ["/bin/sh", "-c", "echo $0 $#"]})).push(Image([BASE], config)))
    assert played.lines() == ["/bin/sh 0"]
    assert play(Scene(order({})).push(Image([BASE], config))).lines() == ["image"]


def test_it_runs_as_the_user_and_in_the_folder_that_were_asked_for() -> None:
    lines = run(
        "id -u; id -g; id -G; pwd; echo $HOME; touch /etc/x", user="web", working_directory="/new/one"
    ).lines()
    assert lines[:5] == ["101", "102", "102 103", "/new/one", "/home/web"]
    assert "Permission denied" in lines[5]


def test_it_may_open_its_own_output_whoever_it_is() -> None:
    assert run("echo hello > /dev/stdout; echo there > /dev/stderr", user="101").lines() == ["hello", "there"]


def test_where_only_one_user_is_known_it_runs_as_that_and_says_so() -> None:
    played = run("id -u", one_user=True, user="web")
    assert played.lines() == ["0"]
    notes = [each["text"] for each in played.events if each["event"] == "note"]
    assert notes == ["it runs as root instead of web: there is no other user here"]


def test_where_only_one_user_is_known_a_program_that_changes_users_runs_all_the_same() -> None:
    """A web server begins as root, gives its folders to a user of its own, and becomes that one."""
    script = (
        "touch /tmp/x && chown 101:102 /tmp/x && setpriv --reuid 101 --regid 102 --clear-groups echo fine"
    )
    image = Image([machine(*PROGRAMS, "echo").zipped()])
    played = play(Scene(order(shell("web", script)), one_user=True).push(image))
    assert played.lines() == ["fine"]


@pytest.mark.parametrize(
    ("command", "user", "why"),
    [
        (["nothing"], None, 'exec: "nothing": executable file not found in $PATH'),
        (["/no/where"], None, 'exec: "/no/where": stat /no/where: no such file or directory'),
        (["/etc/passwd"], None, 'exec: "/etc/passwd": permission denied'),
        (["/bin/id"], "other", "unable to find user other: no matching entries in passwd file"),
    ],
)
def test_what_cannot_be_started_is_said_in_the_words_of_ecs(
    command: list[str], user: str | None, why: str
) -> None:
    played = play(Scene(order({"command": command, "user": user})).push(Image([BASE])))
    assert played.end["code"] == "TaskFailedToStart"
    assert played.end["reason"].startswith("CannotStartContainerError: ResourceInitializationError: ")
    assert played.end["reason"].endswith(f"unable to start container process: {why}: unknown")


def test_a_program_for_another_processor_starts_and_ends_at_once() -> None:
    image = Image([BASE, Layer().file("bin/other", b"\x7fELF no program of this machine", 0o755).zipped()])
    played = play(Scene(order({"command": ["other"]})).push(image))
    assert played.lines() == ["exec /bin/other: exec format error"]
    assert played.end["exit_codes"] == {"web": 255}


def test_a_program_whose_interpreter_is_missing_says_so_in_its_log() -> None:
    image = Image([BASE, Layer().file("bin/script", "#!/no/where\n", 0o755).zipped()])
    played = play(Scene(order({"command": ["script"]})).push(image))
    assert played.lines() == ["exec /bin/script: no such file or directory"]


@pytest.mark.parametrize("has_init", [False, True])
def test_it_is_asked_to_stop_before_it_is_killed(*, has_init: bool, one_user: bool) -> None:
    script = "trap 'echo asked; exit 7' TERM; while true; do sleep 0.1; done"
    scene = Scene(order(shell("web", script, has_init=has_init)), stop_after=0.5, one_user=one_user)
    played = play(scene.push(Image([BASE])))
    assert played.lines() == ["asked"]
    assert (played.end["code"], played.end["exit_codes"]) == ("UserInitiated", {"web": 7})


def test_it_is_killed_if_it_does_not_listen() -> None:
    begun = time.monotonic()
    played = several(shell("web", "trap '' TERM; while true; do sleep 0.1; done"), stop_after=0.2)
    assert played.end["exit_codes"] == {"web": 137}
    assert time.monotonic() - begun < 15


def test_an_init_process_reaps_what_is_left_behind() -> None:
    script = "(sleep 0.1 & ) ; sleep 0.5; grep -l zombie /proc/[0-9]*/status; echo $$"
    lines = run(script, has_init=True).lines()
    assert len(lines) == 1
    assert lines[0] != "1"


def test_what_is_not_essential_may_end() -> None:
    played = several(shell("a", "exit 1", is_essential=False), shell("b", "sleep 1; echo end"))
    assert played.lines() == ["end"]
    assert played.end["exit_codes"] == {"a": 1, "b": 0}


def test_a_container_waits_for_another_one_to_be_well() -> None:
    check = {
        "command": ["CMD-SHELL", "test -e /ready"],
        "interval": 5,
        "timeout": 2,
        "retries": 3,
        "start_period": 0,
    }
    served = shell("a", "sleep 0.3; touch /ready; sleep 30", health_check=check)
    asks = shell("b", "echo it is well", depends_on=[{"container": "a", "condition": "HEALTHY"}])
    played = several(served, asks)
    assert played.lines() == ["it is well"]
    assert [each["health"] for each in played.events if each["event"] == "health"] == ["HEALTHY"]


@pytest.mark.parametrize("service", ["web", None])
def test_a_container_that_is_not_well_ends_the_task_of_a_service(service: str | None) -> None:
    check = {
        "command": ["CMD", "/bin/cat", "/no"],
        "interval": 1,
        "timeout": 2,
        "retries": 1,
        "start_period": 0,
    }
    wanted = order(shell("web", "sleep 3", health_check=check), task={"service": service})
    played = play(Scene(wanted).push(Image([BASE])))
    assert [each["health"] for each in played.events if each["event"] == "health"] == ["UNHEALTHY"]
    if service:
        assert played.end["code"] == "ServiceSchedulerInitiated"
        assert played.end["reason"] == "Task failed container health checks"
    else:
        assert played.end["exit_codes"] == {"web": 0}, "who has no service goes on"


def test_output_that_nobody_keeps_is_said_to_be_lost() -> None:
    played = several(shell("web", "echo a", log_driver="splunk"))
    assert [each["text"] for each in played.events if each["event"] == "note"] == [
        "nobody keeps its output: there is no splunk here"
    ]


def test_a_container_whose_dependency_failed_is_never_started() -> None:
    depends = [{"container": "a", "condition": "SUCCESS"}]
    played = several(shell("a", "exit 1", is_essential=False), shell("b", "echo no", depends_on=depends))
    assert (played.end["code"], played.lines()) == ("TaskFailedToStart", [])
    assert "dependency a" in played.end["reason"]


def test_a_container_runs_on_when_its_lines_cannot_be_sent() -> None:
    answers = {"PutLogEvents": [400, {"__type": "AccessDeniedException", "message": "no"}]}
    played = several(shell("web", "echo a; sleep 2.5; echo b"), answers=answers)
    said = [each for each in played.events if each["event"] == "logs"]
    assert len(said) == 1, "once, and not each second"
    assert "AccessDeniedException" in said[0]["words"]
    assert played.end["exit_codes"] == {"web": 0}


def test_a_task_runs_on_when_exec_cannot_be_reached() -> None:
    task = {"is_exec_enabled": True}
    wanted = order(shell("web", "sleep 1; echo end"), task=task, task_credentials={"refused": "no"})
    played = play(Scene(wanted, hosts={API["ssmmessages"]: CLOSED}).push(Image([BASE])))
    assert not played.step("exec")["holds"]
    assert played.lines() == ["end"]
