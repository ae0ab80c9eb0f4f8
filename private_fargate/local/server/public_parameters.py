"""The public SSM parameters that name Amazon Linux images; ministack has the one for x86_64 alone."""

from ministack.services import ssm

_IMAGES = {"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64": "ami-0a2023a1b2c3d4e5f"}


def extend() -> None:
    """Let them be found, by GetParameter, by parameters of templates and by dynamic references."""
    ssm._PUBLIC_AMI_PARAMETERS.update(_IMAGES)
