"""The images that moto knows in every Region: made when somebody asks for one.

To make them takes half a second, for every account and Region, whether or not there is an instance in it.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import AmiBackend

_load = AmiBackend._load_amis


def install() -> None:
    """Let images wait until somebody asks for them."""
    AmiBackend._load_amis = lambda _backend: None
    AmiBackend.amis = property(_asked, _given)


def _given(backend: Any, images: dict[str, Any]) -> None:  # noqa: ANN401 -- moto's records have no types
    backend.images_known = images
    backend.images_loaded = False


def _asked(backend: Any) -> dict[str, Any]:  # noqa: ANN401 -- the same
    if not backend.images_loaded:
        backend.images_loaded = True  # before: what loads them asks for them
        _load(backend)
    images: dict[str, Any] = backend.images_known
    return images
