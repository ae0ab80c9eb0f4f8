"""A version that is to be published: its templates built, proven and sent, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from private_fargate import building, deploying, inputs, terminal
from private_fargate.catalog.changelog import DIGITS, release, shortened, version_name
from private_fargate.catalog.principals import check_principals
from private_fargate.catalog.products import FIRST, offered_by, stack_name
from private_fargate.catalog.records import account_of
from private_fargate.deploy.deploy import Deployment
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import explained
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.config.catalog import Catalog
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.deploy.watching import Watcher
    from private_fargate.whereabouts import Where


System: TypeAlias = Mapping[str, bytes]
"""The templates of a version."""


class CrowdedError(UserError):
    """The versions of a product need together more than one role can have."""

    exit_code = 1


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What is to be published, and where.

    Attributes:
        environment: Whose system it is.
        catalog: How it is offered.
        session: The account and region, which are the hub from which it is shared.
        stack: The catalog's stack.
        bucket: Of the templates.
        launchable: The templates of the system, by file name.
        offered: Those of the catalog, for the versions that it was rendered for.
        offer: Gives those of the catalog for other versions too, by their templates.
        name: Of the version.
        description: What is new in it.
        url: Where its root template lies.
    """

    environment: Environment
    catalog: Catalog
    session: Session
    stack: str
    bucket: str
    launchable: Mapping[str, bytes]
    offered: Mapping[str, bytes]
    offer: Callable[[Sequence[System]], Mapping[str, bytes]]
    name: str
    description: str
    url: str

    @property
    def digest(self) -> str:
        """What tells these templates from others, in the version's name."""
        return self.name[-DIGITS:]

    def beside(self, earlier: Sequence[System]) -> Publication:
        """Return the same with a catalog that can also update and end what other versions have made.

        Args:
            earlier: the templates of those versions.

        Raises:
            CrowdedError: all together need more than a role can have.
            NotProvenError: something objects to the templates.
        """
        return replace(self, offered=self.offer(earlier)) if earlier else self

    def deployment(self, state: StackState | None) -> Deployment:
        """Return what to deploy to the catalog's stack, which is in this state.

        Only a stack that is still to be made is told of this version.
        """
        is_new = state is None or state.next in {"create", "delete"} or state.status == "CREATE_IN_PROGRESS"
        first = {
            "ArtifactBucketName": self.bucket,
            "TemplateUrl": self.url,
            FIRST: self.name,
            "VersionDescription": self.description,
        }
        said = deploying.options_of(self.environment, self.session.region)
        return Deployment(
            session=self.session,
            stack=self.stack,
            templates=self.offered,
            bucket=self.bucket,
            parameters=first if is_new else {},
            # Alarms and a policy of the system's own stack say nothing of this one.
            options=StackOptions(
                tags=said.tags,
                topics=said.topics,
                role=said.role,
                is_protected=said.is_protected,
                names_roles=True,  # the launch role, which every account has to know by its name
            ),
        )


def prepared(path: Path, where: Where, *, may_bootstrap: Watcher | None = None) -> Publication:
    """Return what is to be published; both systems of templates are built and proven, and the one sent to S3.

    Args:
        path: the environment's file.
        where: the hub.
        may_bootstrap: makes the bucket for templates if it is missing, with this onlooker; None refuses.

    Raises:
        NoCatalogError: the settings have no `catalog`.
        PrincipalError: AWS would refuse somebody who is to launch.
        NotProvenError: something objects to the templates.
        UserError: other settings, or the region, are wrong.
    """
    environment = building.load(path)
    catalog = offered_by(environment, path)
    said = release(inputs.ROOT)
    session = where.session(environment)
    with explained():
        check_principals(path, catalog.principals, lambda: account_of(session))
    launchable = deploying.templates_of(path, kind="product")
    offered = deploying.templates_of(path, kind="catalog")
    with explained():
        bucket = deploying.bucket_of(session, may_bootstrap)
        packed = package(session, launchable, bucket, with_root=True)
    return Publication(
        environment=environment,
        catalog=catalog,
        session=session,
        stack=stack_name(environment, where),
        bucket=bucket,
        launchable=launchable,
        offered=offered,
        offer=partial(offer_of, environment, launchable),
        name=version_name(said.number, launchable),
        description=shortened(said.notes),
        url=packed.url or "",
    )


def offer_of(environment: Environment, launchable: System, earlier: Sequence[System]) -> Mapping[str, bytes]:
    """Return the catalog for these versions, linted and proven as the one for the newest alone is."""
    cache = inputs.ROOT / ".cache" / "lint"
    try:
        templates, findings = building.offer(
            environment, launchable, earlier, cache=cache, progress=terminal.progress
        )
    except ValueError as error:
        message = (
            f"{environment.name}: {error}; the role is made for all {len(earlier) + 1} versions that are "
            "listed, so remove those that nobody uses: `build.py catalog prune`, with smaller "
            "`catalog.keep_versions`"
        )
        raise CrowdedError(message) from error
    if findings:
        found = "\n".join(map(str, findings))
        message = (
            f"{found}\nthe catalog is not published; this is about its templates for all {len(earlier) + 1} "
            "versions that are listed"
        )
        raise deploying.NotProvenError(message)
    return templates
