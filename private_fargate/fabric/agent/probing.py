"""Every need of a task tried at the same time, whatever becomes of the others; nothing runs.

It takes about as long as one connection is waited for.  Where a step cannot go on without another one it says
so, and what it would have met is told by a step of its own: `registry` and `layer store` only connect.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from private_fargate.fabric.agent import needs
from private_fargate.fabric.agent.references import reference
from private_fargate.fabric.agent.shell_access import ShellAccess
from private_fargate.fabric.agent.steps import Steps, layer_store
from private_fargate.fabric.agent.telling import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.parts.workloads import Container

_Chain = tuple["Callable[[], None]", ...]


def probe(order: Order) -> None:
    """Try everything that a task needs, and say what holds."""
    threads = [threading.Thread(target=_follow, args=(chain,)) for chain in _chains(order, Steps(order))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _follow(chain: _Chain) -> None:
    for attempt in chain:
        with suppress(StepFailed):  # it was said; what comes after it says what it lacks
            attempt()


def _chains(order: Order, steps: Steps) -> Iterator[_Chain]:
    yield from _images(order, steps)
    for container, place in needs.secrets(order):
        yield (partial(steps.secret, container, place),)
    for region, names in needs.parameters(order):
        yield (partial(steps.parameters, region, names),)
    for container, arn in needs.environment_files(order):
        yield (partial(steps.environment_file, container, arn),)
    for container in needs.logging(order):
        yield (partial(steps.log_stream, container),)
    if order.task.is_exec_enabled:
        access = ShellAccess(order)
        yield (access.channel,)
        if order.exec_key:
            yield (partial(access.key, order.exec_key),)


def _images(order: Order, steps: Steps) -> Iterator[_Chain]:
    """Yield the way of each registry's images, and the connections that it takes."""
    hosts = {reference(each.image).host: each.image for each in order.task.containers}
    for host, image in hosts.items():
        yield (partial(steps.connection, "registry", host, image),)
    stores = {layer_store(reference(each.image)): each.image for each in order.task.containers}
    for store, image in stores.items():
        if store:
            yield (partial(steps.connection, "layer store", store, image),)
    credentials = {each.name: (each, secret) for each, secret in needs.private_auths(order)}
    for region in (*needs.registries(order), None):
        images = [each for each in order.task.containers if reference(each.image).region == region]
        auth = (partial(steps.registry_auth, region),) if region else ()
        private = tuple(
            partial(steps.private_auth, *credentials[each.name])
            for each in images
            if each.name in credentials
        )
        yield (*auth, *private, *_pulls(images, steps))


def _pulls(containers: list[Container], steps: Steps) -> Iterator[Callable[[], None]]:
    for each in containers:
        yield partial(steps.manifest, each)
        yield partial(steps.layers, each, is_trial=True)
