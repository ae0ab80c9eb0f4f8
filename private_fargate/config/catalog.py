"""How an environment is offered in Service Catalog: to whom, under which name, with which rights."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from private_fargate.config import checks
from private_fargate.config.settings import Settings

AccountId: TypeAlias = Annotated[str, AfterValidator(checks.account)]
UnitId: TypeAlias = Annotated[str, AfterValidator(checks.unit)]
OrganizationId: TypeAlias = Annotated[str, AfterValidator(checks.organization)]
PrincipalArn: TypeAlias = Annotated[str, AfterValidator(checks.principal)]
RoleName: TypeAlias = Annotated[str, AfterValidator(checks.role_name)]
LaunchRoleName: TypeAlias = Annotated[str, AfterValidator(checks.launch_role_name)]
TagKey: TypeAlias = Annotated[str, AfterValidator(checks.tag_key)]
TagValue: TypeAlias = Annotated[str, AfterValidator(checks.tag_value)]


class Support(Settings):
    """Whom a team asks."""

    description: str = ""
    """What help there is."""
    email: str = ""
    """Where to write."""
    url: str = ""
    """Where to read."""


class Shares(Settings):
    """With whom the portfolio is shared. They import it, and cannot share it further."""

    accounts: tuple[AccountId, ...] = ()
    """Accounts, twelve digits each, in quotes."""
    organizational_units: tuple[UnitId, ...] = ()
    """Units of the organization, with all accounts that are or come below them."""
    organization: OrganizationId | None = None
    """The organization whose accounts may read the templates; all of them get the portfolio if no unit and
    no account is named."""
    tag_options: bool = True
    """Whether the tag options are shared too."""
    principals: bool = False
    """Whether principals, named by pattern, may launch in the accounts that it is shared with."""


class Catalog(Settings):
    """The portfolio and the product; teams launch it by filling in a form."""

    portfolio: Annotated[str, Field(max_length=100)]
    """Name of the portfolio."""
    provider: Annotated[str, Field(max_length=50)]
    """Who offers it: a team's name."""
    product: Annotated[str, Field(max_length=100)] | None = None
    """Name of the product; the environment's name, if it is not given."""
    description: Annotated[str, Field(max_length=2000)] = "Fargate services in private subnets"
    """What a team gets."""
    support: Support = Support()
    """Whom a team asks."""
    principals: tuple[PrincipalArn, ...] = ()
    """Who may launch it: ARNs of roles, users and groups; arn:aws:iam:::role/NAME-* is a pattern."""
    shares: Shares = Shares()
    """With whom the portfolio is shared."""
    launch_role: LaunchRoleName | None = None
    """Name of the role with which products are made; the environment's name and -launch, if it is not given.
    A hyphen and the Region are added. It has to be in every account and Region in which teams launch."""
    tag_options: dict[TagKey, tuple[TagValue, ...]] = Field(default_factory=dict)
    """Tags of which each product gets one value; a team chooses where there are several."""
    notify: bool = False
    """Whether there is a topic that gets the events of all launches."""
    keep_versions: Annotated[int, AfterValidator(checks.between(1, 90, "versions"))] = 20
    """How many versions stay. Older ones are deprecated, and deleted when no product uses them."""
