"""The architecture of any EC2 instance type, and of the machine images that AWS and others publish in SSM.

`images` knows it of the types and the image that a jump host of ours may have.  These are everybody's,
so what a name does not tell is not guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from private_fargate.aws.images import Architecture

_TYPE: Final = re.compile(
    r"(?:u-\d+tb\d+|(?P<series>[a-z]+)\d+(?P<options>[a-z]*)(?P<rest>-[a-z0-9]+)?)\.[a-z0-9-]+"
)

_NAMED: Final = re.compile(r"(?<![a-z0-9_])(?:(?P<arm>arm64|aarch64)|x86_64|amd64)(?![a-z0-9_])")

_X86_UNLESS_NAMED: Final = ("/aws/service/ami-windows-latest/", "/aws/service/ecs/optimized-ami/")


def architecture_of(instance_type: str) -> Architecture | None:
    """Return the architecture of an instance type, or None where the name does not tell.

    Graviton families carry a `g` among the letters after their generation; `a1` is older than that
    rule, and `gb200` is Grace, another ARM processor.  A `g` before the generation means graphics.  Macs
    run no image for other instances, so they have neither architecture.

    Source: ec2/latest/instancetypes/instance-type-names.html; a test compares with each type of a table
    made of `aws ec2 describe-instance-types`.

    >>> architecture_of("t4g.nano"), architecture_of("c7gn.xlarge"), architecture_of("g5g.xlarge")
    ('arm64', 'arm64', 'arm64')
    >>> architecture_of("t3.micro"), architecture_of("g5.xlarge"), architecture_of("t3")
    ('x86_64', 'x86_64', None)
    """
    match = _TYPE.fullmatch(instance_type)
    if not match or match["series"] == "mac":
        return None
    if instance_type.startswith("a1.") or "g" in (match["options"] or "") or "-gb" in (match["rest"] or ""):
        return "arm64"
    return "x86_64"


def architecture_of_ami_parameter(path: str) -> Architecture | None:
    """Return the architecture of the image that a public parameter of SSM holds, or None if it is not told.

    Only paths under `/aws/service/` have a form that is agreed upon.  Those for ECS and Windows name
    the architecture only if it is not x86_64.

    Source: systems-manager/latest/userguide/parameter-store-public-parameters-ami.html and -ecs.html.

    >>> architecture_of_ami_parameter("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64")
    'arm64'
    >>> architecture_of_ami_parameter("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id")
    'x86_64'
    >>> architecture_of_ami_parameter("/team/golden-image/arm64") is None
    True
    """
    if not path.startswith("/aws/service/"):
        return None
    if match := _NAMED.search(path):
        return "arm64" if match["arm"] else "x86_64"
    return "x86_64" if path.startswith(_X86_UNLESS_NAMED) else None
