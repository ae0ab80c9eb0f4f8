"""How an environment goes to many accounts and Regions: as instances of one StackSet."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag

from private_fargate.config import checks
from private_fargate.config.catalog import AccountId, RoleName, UnitId
from private_fargate.config.kinds import by_kind
from private_fargate.config.settings import Settings

Region: TypeAlias = Annotated[str, AfterValidator(checks.region)]
Amount: TypeAlias = Annotated[
    Annotated[int, Tag("number")] | Annotated[str, AfterValidator(checks.percentage), Tag("text")],
    Discriminator(by_kind(text="text", other="number")),
]
StackSetArn: TypeAlias = Annotated[str, AfterValidator(checks.stack_set)]
VpcRange: TypeAlias = Annotated[str, AfterValidator(checks.vpc_range)]
PlaceName: TypeAlias = Annotated[str, AfterValidator(checks.place)]
FieldName: TypeAlias = Annotated[str, AfterValidator(checks.form_field)]
PoolId: TypeAlias = Annotated[str, AfterValidator(checks.ipam_pool)]
PoolIds: TypeAlias = Annotated[
    Annotated[PoolId, Tag("text")] | Annotated[dict[Region, PoolId], Tag("mapping")],
    Discriminator(by_kind(mapping="mapping", other="text")),
]


class Addresses(Settings):
    """Which range each account has in each Region, so that their networks can be joined."""

    pool: Annotated[str, AfterValidator(checks.address_pool)] | None = None
    """Private range out of which ranges are dealt; without any pool all have to be given."""
    ipam_pool: PoolIds | None = None
    """Pool of VPC IPAM out of which ranges are allocated, asked in the Region of the StackSet; or
    REGION: POOL, where each Region has its own."""
    prefix: Annotated[int, AfterValidator(checks.between(16, 23))] = 16
    """Length of the prefix of each range dealt."""
    given: dict[PlaceName, VpcRange] = Field(default_factory=dict)
    """ACCOUNT/REGION: RANGE, for those that have theirs already. Others get none of it."""


class Override(Settings):
    """Values that some instances have instead of those of all."""

    accounts: tuple[AccountId, ...] = ()
    """In which accounts; in all, if none is named."""
    regions: tuple[Region, ...] = ()
    """In which Regions; in all, if none is named."""
    parameters: dict[FieldName, str]
    """Values of the launch form."""


class Rollout(Settings):
    """A StackSet: where its instances are, and how carefully they are changed."""

    permissions: Literal["service-managed", "self-managed"] = "service-managed"
    """Whether AWS Organizations gives the rights, or a role in each account does."""
    delegated_administrator: bool = False
    """Whether this account acts for the management account of the organization."""
    administration_role: RoleName = "AWSCloudFormationStackSetAdministrationRole"
    """Of this account, where permissions are self-managed."""
    execution_role: RoleName = "AWSCloudFormationStackSetExecutionRole"
    """Of each target account, where permissions are self-managed."""
    accounts: tuple[AccountId, ...] = ()
    """Target accounts; where units are named too, only those of them that are in these."""
    organizational_units: tuple[UnitId, ...] = ()
    """Units whose accounts are targets; for service-managed permissions."""
    excluded_accounts: tuple[AccountId, ...] = ()
    """Accounts of the units that are left out."""
    regions: tuple[Region, ...] = ()
    """Target Regions in their order; those of the environment, if none is named."""
    region_order: Literal["sequential", "parallel"] = "sequential"
    """One Region after the other, or all at once."""
    concurrency: Amount = 1
    """In how many accounts at once, for each Region: a number, or a percentage such as 25%."""
    tolerance: Amount = 0
    """In how many accounts of a Region it may fail before no more are begun: a number or percentage."""
    concurrency_mode: Literal["strict", "soft"] = "strict"
    """Whether failures lower the number that go on at once (strict), or do not (soft)."""
    automatic: bool = False
    """Whether accounts that join a unit get an instance by themselves; for service-managed permissions."""
    retain_when_leaving: bool = True
    """Whether the stacks of accounts that leave a unit stay; for service-managed permissions."""
    after: tuple[StackSetArn, ...] = ()
    """ARNs of StackSets whose instances come first, where accounts get theirs by themselves."""
    addresses: Addresses = Addresses()
    """Which range each account has in each Region."""
    parameters: dict[FieldName, str] = Field(default_factory=dict)
    """Values of the launch form, for all instances."""
    overrides: tuple[Override, ...] = ()
    """Values that some instances have instead; later ones win."""
