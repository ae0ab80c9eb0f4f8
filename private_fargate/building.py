"""From an environment's file to its templates in `output/`: the whole of `build.py templates` and `product`.

An environment has up to three sets of templates: its own system; its product, which is the same system with a
form for what a team chooses; and the catalog that offers the product.

Nothing is imported before it is known to be needed.  When neither the settings, nor the code, nor
the tools, nor what lies in `output/` has changed, the build ends after reading digests.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from private_fargate import inputs, output
from private_fargate.errors import NotOfferedError, UnknownEnvironmentError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from private_fargate.config.models import Environment
    from private_fargate.lint import Finding
    from private_fargate.verifying import Verdict

    Progress = Callable[[str], AbstractContextManager[object]]

ENVIRONMENTS = inputs.ROOT / "environments"

Kind: TypeAlias = Literal["environment", "product", "catalog", "rollout", "roles"]
"""Which set of an environment's templates."""

BOUNDED_BY: Final = "launch-role.json"
"""What the launch role and the boundary are called where a product is verified."""


class Build(NamedTuple):
    """What came of a build.

    Attributes:
        templates: By file name: `sha256`, `bytes`, and the numbers of `resources`, `parameters` and
            `outputs`.
        is_new: Whether something was written; if not, it was there already, or must not be.
        findings: What the linters and the verifier object to; if there is anything, nothing was written.
        notes: What is worth knowing and forbids nothing, a line each.
    """

    templates: Mapping[str, Any]
    is_new: bool
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def find(environment: str) -> Path:
    """Give the file of an environment, named in `environments/` or by its path, as a person would write it.

    Raises:
        UnknownEnvironmentError: If there is no such file; the message names those that there are.
    """
    from pathlib import Path  # noqa: PLC0415 -- an annotation everywhere else

    is_path = environment.endswith((".yaml", ".yml")) or "/" in environment
    path = Path(environment) if is_path else ENVIRONMENTS / f"{environment}.yaml"
    if path.is_file():
        return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if is_path:
        message = f"{environment}: there is no such file; give the path of an environment's YAML file"
        raise UnknownEnvironmentError(message)
    known = sorted(file.stem for file in ENVIRONMENTS.glob("*.yaml"))
    raise UnknownEnvironmentError(_unknown(environment, known))


def _unknown(environment: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 -- only after a mistake

    close = get_close_matches(environment, known, n=1)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}"
    return f"environments/{environment}.yaml: there is no such environment; {meant}"


def place(path: Path, kind: Kind = "environment") -> Path:
    """Give the directory in which the templates of an environment's file go if nothing else is said."""
    return inputs.ROOT / "output" / (path.stem if kind == "environment" else f"{path.stem}-{kind}")


def load(path: Path) -> Environment:
    """Read the settings of an environment.

    Raises:
        UserError: If they are wrong; the message has a line for each mistake.
    """
    from private_fargate import config  # noqa: PLC0415 -- pydantic and the YAML parser take 100 ms

    try:
        return config.load(path)
    except config.ConfigError as error:
        raise UserError(str(error)) from error


def build(  # noqa: PLR0913 -- from where, to where, and how
    path: Path,
    directory: Path,
    *,
    cache: Path | None,
    kind: Kind = "environment",
    informational: bool = False,
    progress: Progress = nullcontext,
) -> Build:
    """Render, lint, verify and write the templates of an environment, or find that all this was done before.

    Args:
        path: The environment's file.
        directory: Where the templates go; it is replaced as a whole, and only if nothing is found.
        cache: Folder of earlier verdicts of the linters.
        kind: Which of the environment's sets of templates.
        informational: Whether to ask the linters for their notes too.
        progress: Called with what is being done now, for as long as the returned context is open.

    Raises:
        UserError: If the settings are wrong, or say nothing of a product that is asked for.
        OutputError: If the directory cannot be written.
    """
    if not informational and (earlier := current(path, directory, kind)):
        return earlier
    from private_fargate.lint import ahead, begin, blocking  # noqa: PLC0415 -- not if nothing changed

    with ahead() as second:
        with progress("Rendering the templates"):
            before = _inputs(path, kind)
            environment = load(path)
            templates = _render(environment, path, kind)
        findings_of = begin(
            templates, environment.regions, cache=cache, informational=informational, second=second
        )
        with progress("Proving that the tasks start"):  # while the second process lints
            proven = _prove(templates, environment, kind)
        with progress(f"Linting {len(templates)} templates"):
            findings = findings_of()
    against = (*blocking(findings), *blocking(proven.findings))
    asked = (*findings, *proven.findings) if informational else findings
    notes = (*(str(finding) for finding in asked if finding not in against), proven.summary)
    if not against:
        kept = [*_sizes(findings), proven.summary]
        output.write(directory, templates, output.manifest(templates, inputs=before, notes=kept))
    rows = output.manifest(templates, inputs=before)["templates"]
    return Build(templates=rows, findings=against, notes=notes, is_new=not against)


def current(path: Path, directory: Path, kind: Kind = "environment") -> Build | None:
    """Give the earlier build, if the same inputs would give the same again and it is still intact."""
    found = output.read_manifest(directory)
    if found is None or found["inputs"]["environment"] != path.name:
        return None
    now = inputs.read(path, found["inputs"]["sources"], kind)
    if not output.is_current(directory, now.digest()):
        return None
    return Build(templates=found["templates"], notes=tuple(found["notes"]), is_new=False)


def _inputs(path: Path, kind: Kind) -> inputs.Inputs:
    """Read the digests of the inputs: before the settings, so that a change in between is not lost."""
    from private_fargate import config  # noqa: PLC0415 -- as above

    try:
        sources = config.sources(path)
    except config.ConfigError as error:
        raise UserError(str(error)) from error
    return inputs.read(path, [source.absolute() for source in sources], kind)


def _render(environment: Environment, path: Path, kind: Kind) -> Mapping[str, bytes]:
    from stacks import launchable, parent  # noqa: PLC0415 -- troposphere takes 100 ms

    if kind == "environment":
        return parent.render(environment)
    if kind in {"rollout", "roles"}:
        return _rolled_out(environment, kind)
    if environment.catalog is None and not (kind == "product" and environment.rollout is not None):
        message = (
            f"{path}: catalog: it is missing, so there is no product; "
            "write catalog: { portfolio: NAME, provider: NAME }, and who may launch it"
        )
        raise NotOfferedError(message)
    launched = launchable.render(environment)
    if kind == "product":
        return launched
    from stacks import product  # noqa: PLC0415 -- as above

    return product.render(environment, launched)


def _rolled_out(environment: Environment, kind: Kind) -> Mapping[str, bytes]:
    """Render what a StackSet hands out, or the roles with which it does.

    The system is that of the product, but its roles have no boundary: where it is rolled out, nobody has made
    that policy, and whoever rolls out decides what is in the templates anyway.
    """
    from stacks import launchable  # noqa: PLC0415 -- as above

    system = launchable.render(environment, bounded=False)
    if kind == "rollout":
        return system
    from stacks.launch_role import stack_sets  # noqa: PLC0415 -- as above

    return stack_sets.render(environment, system)


def offer(
    environment: Environment,
    launchable: Mapping[str, bytes],
    earlier: Sequence[Mapping[str, bytes]],
    *,
    cache: Path | None,
    progress: Progress = nullcontext,
) -> tuple[Mapping[str, bytes], tuple[Finding, ...]]:
    """Render, lint and prove a catalog for all versions of a product that can be in use.

    It depends on what is published, and not on the settings alone; so it is written nowhere.

    Args:
        environment: with a `catalog`.
        launchable: the templates of the newest version.
        earlier: those of the others.
        cache: Folder of earlier verdicts of the linters.
        progress: Called with what is being done now, for as long as the returned context is open.

    Returns:
        The templates, and what the linters and the verifier object to.

    Raises:
        ValueError: The versions need together more than a role can have.
    """
    from private_fargate.lint import blocking, lint  # noqa: PLC0415 -- not if nothing changed
    from stacks import product  # noqa: PLC0415 -- troposphere takes 100 ms

    with progress(f"Rendering the catalog for {len(earlier) + 1} versions"):
        templates = product.render(environment, launchable, earlier)
    with progress(f"Linting {len(templates)} templates"):
        findings = lint(templates, environment.regions, cache=cache)
    proven = _prove(templates, environment, "catalog")
    return templates, (*blocking(findings), *blocking(proven.findings))


def objection(launchable: Mapping[str, bytes]) -> str:
    """Say why no launch role could make the system of a version; nothing if one could."""
    from stacks import launch_role  # noqa: PLC0415 -- as above

    return launch_role.objection(launchable)


def _prove(templates: Mapping[str, bytes], environment: Environment, kind: Kind) -> Verdict:
    """Verify templates; of a product, for every combination of what a team can choose."""
    from private_fargate import verifying  # noqa: PLC0415 -- not if nothing changed

    if kind == "roles":
        return verifying.Verdict((), "nothing starts in these templates")
    if kind not in {"product", "rollout"}:
        return verifying.check(templates, environment.regions)
    from stacks import launch_role  # noqa: PLC0415 -- as above

    return verifying.check(
        templates,
        environment.regions,
        most_worlds=verifying.MOST_COMBINATIONS,
        # The policy that bounds the roles of a product: without it, nobody knows what they may do.
        beside=(
            {}
            if environment.catalog is None or kind == "rollout"  # so nothing bounds its roles
            else {BOUNDED_BY: launch_role.render(environment, templates)[launch_role.ROOT]}
        ),
    )


def _sizes(findings: tuple[Finding, ...]) -> list[str]:
    """Keep the notes that are given whether they are asked for or not."""
    from private_fargate.lint import limits  # noqa: PLC0415 -- as above

    return [
        str(finding)
        for finding in findings
        if finding.linter == limits.NAME and finding.severity == "informational"
    ]
