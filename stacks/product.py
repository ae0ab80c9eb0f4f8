"""The second root: what a platform team offers, and to whom.  Service Catalog *is* a stack.

The first root is a system; this one hands that system to teams who never see a template.  A team fills in a
form; Service Catalog checks it by the rules, takes on the launch role, and makes the system with that role's
rights.  So the role may do what the system's templates need and no more, whoever launches them.

A product has several versions, and what was launched from an old one lives on.  So all that holds for all of
them, the role and the rules, is made from the templates of all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from private_fargate.kit import kinds
from private_fargate.kit.bundles import wires
from private_fargate.kit.scope import Library, Scope
from stacks import catalog_notices, catalog_offer, catalog_portfolio, launch_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from private_fargate.config.catalog import Catalog
    from private_fargate.config.models import Environment

ROOT = "parent.json"


@dataclass(frozen=True, kw_only=True)
class Config:
    """What is offered.

    Attributes:
        environment: whose system it is.
        catalog: how it is offered.
        launchable: the templates of the system, which the launch role has to be able to make.
        earlier: those of the other versions that can be in use.
    """

    environment: Environment
    catalog: Catalog
    launchable: Mapping[str, bytes]
    earlier: Sequence[Mapping[str, bytes]] = ()

    @classmethod
    def of(
        cls,
        environment: Environment,
        launchable: Mapping[str, bytes],
        earlier: Sequence[Mapping[str, bytes]] = (),
    ) -> Config:
        """Return the offer that the settings ask for.

        Raises:
            ValueError: the environment has no `catalog`.
        """
        if environment.catalog is None:
            message = f"{environment.name} has no catalog: say in its settings to whom it is offered"
            raise ValueError(message)
        return cls(
            environment=environment, catalog=environment.catalog, launchable=launchable, earlier=earlier
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The first version, and where its templates are read from."""

    template_url: kinds.TemplateUrl
    version_name: kinds.VersionName
    version_description: kinds.VersionDescription
    artifact_bucket_name: kinds.ArtifactBucketName


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What the platform team works with."""

    portfolio_id: kinds.PortfolioId
    product_id: kinds.ProductId
    launch_role_name: kinds.LaunchRoleName
    launch_role_arn: kinds.LaunchRoleArn
    boundary_arn: kinds.BoundaryArn
    notification_topic_arn: kinds.NotificationTopicArn | None


def render(
    environment: Environment, launchable: Mapping[str, bytes], earlier: Sequence[Mapping[str, bytes]] = ()
) -> dict[str, bytes]:
    """Return the catalog's templates by file name; `parent.json` nests the others.

    Args:
        environment: with a `catalog`.
        launchable: the templates of the system that a team launches.
        earlier: those of the other versions that can be in use; the root of each is `parent.json` too.

    Raises:
        ValueError: together they need more than a role can have.
    """
    library = Library(tags={"Environment": environment.name, **environment.tags})
    scope = Scope(f"{environment.name}: offered in Service Catalog", library)
    outputs = build(scope, Config.of(environment, launchable, earlier), _ask(scope))
    for title, wire in wires(outputs).items():
        scope.output(title, wire)
    scope.finish_form()
    library.add(ROOT, scope)
    return library.templates


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Catalog: a portfolio, a product in it, and the role that makes what is launched."""
    catalog, retain = config.catalog, config.environment.deletion == "retain"
    portfolio = scope.nest(
        "Portfolio",
        catalog_portfolio.build,
        catalog_portfolio.Config.of(catalog, retain=retain),
        catalog_portfolio.Inputs(),
    )
    role = scope.nest(
        "LaunchRole",
        launch_role.build,
        launch_role.Config.of(config.environment, config.launchable, config.earlier),
        launch_role.Inputs(artifact_bucket_name=inputs.artifact_bucket_name),
    )
    topic = _nest_notices(scope, config)
    offer = scope.nest(
        "Offer",
        catalog_offer.build,
        catalog_offer.Config.of(
            config.environment, catalog, rules_of(config.launchable, config.earlier), retain=retain
        ),
        catalog_offer.Inputs(
            portfolio_id=portfolio.portfolio_id,
            template_url=inputs.template_url,
            version_name=inputs.version_name,
            version_description=inputs.version_description,
            launch_role_name=role.launch_role_name,
            notification_topic_arn=topic,
        ),
    )
    return Outputs(
        portfolio_id=portfolio.portfolio_id,
        product_id=offer.product_id,
        launch_role_name=role.launch_role_name,
        launch_role_arn=role.launch_role_arn,
        boundary_arn=role.boundary_arn,
        notification_topic_arn=topic,
    )


def rules_of(launchable: Mapping[str, bytes], earlier: Sequence[Mapping[str, bytes]] = ()) -> str | None:
    """Return the rules of the system's launch form, as Service Catalog takes them; None if there are none.

    They become a part of each version's template, and CloudFormation takes no template with a rule about a
    parameter that is not in it.  So a rule about what one of them does not ask for is not among them; those
    who do ask for it have the rule in their own templates.

    Args:
        launchable: the templates of the newest version, whose rules they are.
        earlier: those of the other versions for which they will hold.
    """
    root = json.loads(launchable[ROOT])
    asked: set[str] = set(root.get("Parameters", {}))
    for version in earlier:
        asked &= set(json.loads(version[ROOT]).get("Parameters", {}))
    rules = {name: rule for name, rule in root.get("Rules", {}).items() if asked.issuperset(_named_in(rule))}
    return json.dumps(rules, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if rules else None


def _named_in(value: object) -> Iterator[str]:
    """Give the parameters that a rule names."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            if key == "Ref" and not str(inner).startswith("AWS::"):
                yield str(inner)
            elif key == "Fn::ValueOf":
                yield str(cast("list[object]", inner)[0])
            else:
                yield from _named_in(inner)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _named_in(item)


def _ask(scope: Scope) -> Inputs:
    first, place = "First version", "Templates"
    return Inputs(
        template_url=scope.ask(first, "TemplateUrl", "Template", kinds.TemplateUrl),
        version_name=scope.ask(first, "VersionName", "Name", kinds.VersionName),
        version_description=scope.ask(
            first, "VersionDescription", "What is new", kinds.VersionDescription, Default=""
        ),
        artifact_bucket_name=scope.ask(place, "ArtifactBucketName", "Bucket", kinds.ArtifactBucketName),
    )


def _nest_notices(scope: Scope, config: Config) -> kinds.NotificationTopicArn | None:
    shape = catalog_notices.Config.of(config.environment, config.catalog)
    if shape is None:
        return None
    notices = scope.nest("Notices", catalog_notices.build, shape, catalog_notices.Inputs())
    return notices.notification_topic_arn
