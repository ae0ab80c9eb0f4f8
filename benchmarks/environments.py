"""The environment that is measured: N services of five shapes, in the network of the reference system."""

from __future__ import annotations

_PLAIN = "{repository: shared}"
_SHAPES = (
    f"image: {_PLAIN}",
    f"image: {_PLAIN}\n    exec: true",
    f"image: {_PLAIN}\n    environment: {{LEVEL: info}}",
    f"image: {_PLAIN}\n    allow_to: [internet]",
    "image: public.ecr.aws/x/y:1",
)


def many(services: int, *, changed: int = 0) -> str:
    """Return the YAML of an environment.

    Args:
        services: their number, 1 to 1,000; number i has shape i mod 5.
        changed: any other number is an environment variable of the last service that no other number
            gives, and so a shape that nobody has seen.

    >>> print(many(1))
    name: many
    services:
      svc-0000:
        port: 8000
        image: {repository: shared}
    <BLANKLINE>
    """
    blocks = [_service(index) for index in range(services)]
    if changed:
        blocks[-1] = f"  svc-{services - 1:04d}:\n    port: 8080\n    image: {_PLAIN}\n"
        blocks[-1] += f'    environment: {{CHANGE_{changed}: "{changed}"}}\n'
    return "name: many\nservices:\n" + "".join(blocks)


def _service(index: int) -> str:
    shape = index % len(_SHAPES)
    return f"  svc-{index:04d}:\n    port: {8000 + shape}\n    {_SHAPES[shape]}\n"
