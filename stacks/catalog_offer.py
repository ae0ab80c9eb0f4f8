"""What is offered: the product with its first version, and what holds whenever it is launched.

The stack makes the product with one version, and never touches it again: Service Catalog tells versions apart
by name and address, so as long as both parameters keep their values the list is the same.  Later versions are
added beside it by the API; a version that the stack itself held would go when the next one took its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from troposphere import Ref, servicecatalog

from private_fargate.config.derived import product_name
from private_fargate.kit import kinds
from private_fargate.kit.retention import keep_once_made

if TYPE_CHECKING:
    from private_fargate.config.catalog import Catalog
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """The product's card, and its rules.

    Attributes:
        name: of the product.
        owner: who offers it.
        description: what a team gets.
        support: whom a team asks, as the properties of the product say it.
        rules: JSON of the rules that the values of a launch have to keep; None for none.
        retain: whether the product outlives its stack.
    """

    name: str
    owner: str
    description: str
    support: tuple[tuple[str, str], ...]
    rules: str | None
    retain: bool

    @classmethod
    def of(cls, environment: Environment, catalog: Catalog, rules: str | None, *, retain: bool) -> Config:
        """Return the product that the settings ask for."""
        support = {
            "SupportDescription": catalog.support.description,
            "SupportEmail": catalog.support.email,
            "SupportUrl": catalog.support.url,
        }
        return cls(
            name=product_name(environment),
            owner=catalog.provider,
            description=catalog.description,
            support=tuple((title, text) for title, text in support.items() if text),
            rules=rules,
            retain=retain,
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where it is offered, its first version, who makes what is launched, and who is told."""

    portfolio_id: kinds.PortfolioId
    template_url: kinds.TemplateUrl
    version_name: kinds.VersionName
    version_description: kinds.VersionDescription
    launch_role_name: kinds.LaunchRoleName
    notification_topic_arn: kinds.NotificationTopicArn | None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What is launched."""

    product_id: kinds.ProductId


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Offer: the product in its portfolio, and what holds whenever it is launched."""
    product = scope.add(
        servicecatalog.CloudFormationProduct(
            "Product",
            Name=config.name,
            Owner=config.owner,
            Description=config.description,
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=[
                servicecatalog.ProvisioningArtifactProperties(
                    Name=inputs.version_name,
                    Description=inputs.version_description,
                    Info=servicecatalog.Info(LoadTemplateFromURL=inputs.template_url),
                )
            ],
            ReplaceProvisioningArtifacts=False,
            **dict(config.support),
            **keep_once_made(retain=config.retain),
        ),
        why="What a team launches by filling in a form",
        must="What teams have launched can be updated only as long as its product is there",
    )
    scope.add(
        servicecatalog.PortfolioProductAssociation(
            "Offer", PortfolioId=inputs.portfolio_id, ProductId=Ref(product)
        ),
        why="Whoever sees the portfolio sees the product",
    )
    _constrain(scope, config, inputs, product)
    return Outputs(product_id=kinds.ProductId.of(product))


def _constrain(
    scope: Scope, config: Config, inputs: Inputs, product: servicecatalog.CloudFormationProduct
) -> None:
    both: dict[str, Any] = {
        "PortfolioId": inputs.portfolio_id,
        "ProductId": Ref(product),
        "DependsOn": "Offer",  # Service Catalog knows no constraint of a product that is not in the portfolio
    }
    scope.add(
        servicecatalog.LaunchRoleConstraint("LaunchRole", LocalRoleName=inputs.launch_role_name, **both),
        why="Teams need no rights to networks and clusters: the role of this name makes what they launch",
        must="By name, not by ARN, so that each account it is shared with uses a role of its own",
    )
    if config.rules is not None:
        scope.add(
            servicecatalog.LaunchTemplateConstraint("Rules", Rules=config.rules, **both),
            why="What newer versions refuse, older ones that ask for the same refuse too, before all else",
        )
    scope.add(
        servicecatalog.ResourceUpdateConstraint("Tags", TagUpdateOnProvisionedProduct="ALLOWED", **both),
        why="A team can correct the tags of what it has launched",
    )
    if inputs.notification_topic_arn is not None:
        scope.add(
            servicecatalog.LaunchNotificationConstraint(
                "Notices", NotificationArns=[inputs.notification_topic_arn], **both
            ),
            why="Operators are told what teams launch",
        )
