"""The releases whose insides are relied on here, and a refusal to run with any other."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

_EXPECTED = {"ministack": "1.5.33", "moto": "5.2.5"}


def check() -> None:
    """Refuse releases whose insides nobody has looked at.

    Raises:
        SystemExit: with what is installed and what should be.
    """
    for package, expected in _EXPECTED.items():
        installed = _installed(package)
        if installed != expected:
            raise SystemExit(
                f"error: the embedded AWS extends the insides of {package} {expected}, and {installed} is "
                "installed; remove .venv-emulator and run `make install`"
            )


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "no release"
