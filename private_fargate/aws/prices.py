"""What AWS asks for what an environment is made of: us-east-1, on demand, without tax.

Prices are of the region us-east-1 and of the date below; elsewhere they are some ten per cent higher.
They serve to compare one design with another, not to predict a bill.  The page of AWS is the one
to ask; where a row was read elsewhere, its source says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_OF: Final = "2026-11"
REGION: Final = "us-east-1"
BASIS: Final = MappingProxyType({"region": REGION, "as_of": AS_OF, "currency": "USD"})
HOURS_PER_MONTH: Final = 730  # 365 days x 24 h / 12, as AWS's own calculator counts


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, in USD, and who says so.

    >>> Price("0.01", "zone-hour", "an example").usd * 3
    Decimal('0.03')
    """

    amount: str
    unit: str
    source: str

    @property
    def usd(self) -> Decimal:
        """Return the price of one unit, exactly."""
        return Decimal(self.amount)

    @property
    def monthly(self) -> Decimal:
        """Return what one unit costs in a month, for a unit that is paid by the hour.

        Raises:
            ValueError: If the unit is not one of time.

        >>> INTERFACE_ENDPOINT.monthly
        Decimal('7.30')
        """
        if not self.unit.endswith("hour"):
            message = f"a price per {self.unit} has no month; multiply it by what is used"
            raise ValueError(message)
        return self.usd * HOURS_PER_MONTH


FARGATE_X86_VCPU: Final = Price("0.04048", "vCPU-hour", "vantage.sh/blog/fargate-pricing")
FARGATE_X86_MEMORY: Final = Price("0.004445", "GB-hour", "vantage.sh/blog/fargate-pricing")
FARGATE_ARM_VCPU: Final = Price("0.03238", "vCPU-hour", "vantage.sh/blog/fargate-pricing")
FARGATE_ARM_MEMORY: Final = Price("0.00356", "GB-hour", "vantage.sh/blog/fargate-pricing")
FARGATE_STORAGE: Final = Price("0.000111", "GB-hour", "vantage.sh/blog/fargate-pricing; over 20 GB")

INTERFACE_ENDPOINT: Final = Price("0.01", "zone-hour", "aws.amazon.com/privatelink/pricing")
INTERFACE_ENDPOINT_DATA: Final = Price("0.01", "GB", "aws.amazon.com/privatelink/pricing; the first PB")
GATEWAY_ENDPOINT: Final = Price("0", "hour", "vpc/latest/privatelink/gateway-endpoints.html")

NAT_GATEWAY: Final = Price("0.045", "hour", "aws.amazon.com/vpc/pricing, as quoted by cloudburn 2026-02")
NAT_GATEWAY_DATA: Final = Price("0.045", "GB", "aws.amazon.com/vpc/pricing, as quoted by cloudburn 2026-02")
PUBLIC_IPV4: Final = Price("0.005", "hour", "aws.amazon.com/vpc/pricing, as quoted by cloudburn 2026-02")

_EC2 = "aws.amazon.com/ec2/pricing/on-demand; second-hand"

INSTANCES: Final[Mapping[str, Price]] = MappingProxyType(
    {
        "t3.nano": Price("0.0052", "hour", _EC2),
        "t3.micro": Price("0.0104", "hour", _EC2),
        "t3.small": Price("0.0208", "hour", _EC2),
        "t4g.nano": Price("0.0042", "hour", _EC2),
        "t4g.micro": Price("0.0084", "hour", _EC2),
        "t4g.small": Price("0.0168", "hour", _EC2),
    }
)
"""Instance type -> its price, for the sizes that a jump host has use for."""

GP3_STORAGE: Final = Price("0.08", "GB-month", "aws.amazon.com/ebs/pricing; second-hand")

LOG_INGESTION: Final = Price("0.50", "GB", "aws.amazon.com/cloudwatch/pricing, as quoted by fortem.dev 2026")
ECR_STORAGE: Final = Price("0.10", "GB-month", "aws.amazon.com/ecr/pricing; unverified")
KMS_KEY: Final = Price("1.00", "month", "aws.amazon.com/kms/pricing; unverified")
SECRET: Final = Price("0.40", "month", "aws.amazon.com/secrets-manager/pricing; unverified")
HOSTED_ZONE: Final = Price("0.50", "month", "aws.amazon.com/route53/pricing; second-hand")
