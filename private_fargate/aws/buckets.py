"""The buckets of AWS that a private subnet reads through its S3 endpoint.

Both are owned by AWS.  An endpoint policy that lets only buckets of one's own account through
breaks every image pull: the layers' URLs are presigned by ECR, whose principal no condition on
`aws:PrincipalAccount`, `aws:ResourceAccount` or an organization matches.
"""

from __future__ import annotations

from typing import Final


def layer_bucket(region: str) -> str:
    """Return the bucket in which ECR keeps the layers of a region's images.

    Source: AmazonECR/latest/userguide/vpc-endpoints.html, "Minimum Amazon S3 bucket permissions".

    >>> layer_bucket("us-east-1")
    'prod-us-east-1-starport-layer-bucket'
    """
    return f"prod-{region}-starport-layer-bucket"


ECR_LAYERS: Final = f"arn:${{AWS::Partition}}:s3:::{layer_bucket('${AWS::Region}')}/*"
"""The objects that hold the layers of images in ECR, as a template for `Fn::Sub`.

Source: as above; the trap: awsdocs/amazon-ecr-user-guide issue 8.
"""

AL2023_PACKAGES: Final = "arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-de612dc2/*"
"""The objects that hold the packages of Amazon Linux 2023, as a template for `Fn::Sub`.

The end of the name is the same in every region where it was seen, and is spelled out because a
wildcard there would admit a bucket of anyone who picks a name to match.
Source: public endpoint policies for us-east-1, ap-south-1 and ap-southeast-3; unverified in aws-cn and
aws-us-gov, where a wrong name fails `dnf`, not the deployment.
"""

ARTIFACTS: Final = "private-fargate-artifacts-${AWS::AccountId}-${AWS::Region}"
"""The bucket of ours from which the stacks of a region are deployed, as a template for `Fn::Sub`."""


def artifact_bucket(account: str, region: str) -> str:
    """Return the name of the bucket from which the stacks of an account and region are deployed.

    >>> artifact_bucket("123456789012", "eu-west-1")
    'private-fargate-artifacts-123456789012-eu-west-1'
    """
    return ARTIFACTS.replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)
