"""Start the embedded AWS: python -m private_fargate.local.server --port 4566."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import signal
import threading
import traceback

from private_fargate.local.server import versions

HOST = "127.0.0.1"


def main() -> None:
    """Serve until a signal says otherwise."""
    parser = argparse.ArgumentParser(prog="python -m private_fargate.local.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where it answers, on the loopback interface")
    parser.add_argument("--sync", action="store_true", help="answer a stack operation when it is over")
    parser.add_argument(
        "--step-seconds", type=float, default=0, help="how long each resource of a stack operation takes"
    )
    parser.add_argument(
        "--lifeline", type=int, metavar="FD", help="end when the other end of this pipe is closed"
    )
    parser.add_argument(
        "--extension",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module whose extend() adds what this AWS lacks; repeatable",
    )
    arguments = parser.parse_args()
    versions.check()
    if arguments.lifeline is not None:
        threading.Thread(target=_end_with, args=(arguments.lifeline,), daemon=True).start()
    _set_environment(arguments.port)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's access log
    try:
        _serve(
            arguments.port,
            sync=arguments.sync,
            step_seconds=arguments.step_seconds,
            extensions=arguments.extension,
        )
    except BaseException:  # noqa: BLE001 -- it is shown, and then nothing may hold this process
        traceback.print_exc()
    os._exit(1)  # moto's thread is no daemon, and would be waited for; who wants an end sends a signal


def _end_with(lifeline: int) -> None:
    """End when the pipe does: whoever held its other end has gone, however it ended."""
    os.read(lifeline, 1)
    os._exit(0)


def _set_environment(port: int) -> None:
    """Set what ministack and moto read when they are imported."""
    os.environ.update(
        {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "BIND_HOST": HOST,  # ministack's default is every interface
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # no containers, not even where docker is
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",  # else it listens on every interface, port 8883
            "LOG_LEVEL": "WARNING",
            "MINISTACK_ACCOUNT_ID": "123456789012",
            "MINISTACK_HOST": "localhost",
            "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",  # ministack has them
            "SFTP_ENABLED": "0",
        }
    )


def _serve(port: int, *, sync: bool, step_seconds: float, extensions: list[str]) -> None:
    """Extend ministack, and let it answer."""
    # Not before: ministack and moto read the environment as they are imported, which takes a second.
    from hypercorn.asyncio import serve  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    from private_fargate.local.server import extension, gateway  # noqa: PLC0415

    extension.extend(sync=sync, step_seconds=step_seconds)
    for name in extensions:
        importlib.import_module(name).extend()
    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = 75  # seconds, as ministack has it
    config.loglevel = "WARNING"

    async def run() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, lambda: os._exit(0))
        await serve(gateway.answer, config, shutdown_trigger=stop.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
