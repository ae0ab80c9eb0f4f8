"""Every kind of wire between the stacks; attribute strings are spelled here and nowhere else."""

from __future__ import annotations

from troposphere import ec2, ecr, ecs, iam, kms, logs, s3, servicecatalog, servicediscovery, sns

from private_fargate.kit.wires import Chosen, Produced, ProducedList

SCALE = {"MinValue": 0, "MaxValue": 5000}  # tasks per service, an ECS quota


# The system


class SystemName(Chosen):
    """Name of the system: its tags, its namespace and its repositories carry it."""


# The network


class VpcId(Produced):
    """The VPC."""

    cfn_type = "AWS::EC2::VPC::Id"
    resource = ec2.VPC


class VpcCidr(Chosen):
    """The address range of the VPC."""


class VpcMask(Chosen):
    """Length of the prefix of the VPC's range."""


class ZoneCount(Chosen):
    """Number of Availability Zones."""


class ZoneName(Chosen):
    """Availability Zone."""

    cfn_type = "AWS::EC2::AvailabilityZone::Name"


class PrivateSubnetIds(ProducedList):
    """Private subnets, one per Availability Zone."""

    cfn_type = "List<AWS::EC2::Subnet::Id>"
    resource = ec2.Subnet


class PublicSubnetIds(ProducedList):
    """Public subnets, one per Availability Zone."""

    cfn_type = "List<AWS::EC2::Subnet::Id>"
    resource = ec2.Subnet


class PrivateRouteTableIds(ProducedList):
    """Route tables of the private subnets, in the order of the subnets."""

    cfn_type = "CommaDelimitedList"
    resource = ec2.RouteTable


class NatAddresses(ProducedList):
    """Public addresses from which tasks reach the internet."""

    cfn_type = "CommaDelimitedList"
    resource = ec2.EIP


class S3PrefixListId(Chosen):
    """AWS-managed prefix list of S3 in this Region; leave empty where the template knows it."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^(|pl-[0-9a-f]{8,17})$",
        "ConstraintDescription": "must be empty or pl-…; aws ec2 describe-managed-prefix-lists names it",
    }


class EndpointClientSecurityGroupId(Produced):
    """Security group of whatever may call the VPC endpoints."""

    cfn_type = "AWS::EC2::SecurityGroup::Id"
    resource = ec2.SecurityGroup
    attribute = "GroupId"


# What needs no network


class KeyArn(Produced):
    """KMS key that encrypts logs, images and Exec sessions."""

    resource = kms.Key
    attribute = "Arn"


class ClusterName(Produced):
    """ECS cluster, once its capacity providers are in place."""

    resource = ecs.ClusterCapacityProviderAssociations


class ExecLogGroupArn(Produced):
    """ARN of the log group that records ECS Exec sessions."""

    resource = logs.LogGroup
    attribute = "Arn"


class RepositoryName(Chosen):
    """Name of the ECR repository."""


class RepositoryUri(Produced):
    """URI of the ECR repository, without a tag."""

    resource = ecr.Repository
    attribute = "RepositoryUri"


class RepositoryArn(Produced):
    """ARN of the ECR repository."""

    resource = ecr.Repository
    attribute = "Arn"


class NamespaceId(Produced):
    """Cloud Map namespace in which services find each other."""

    resource = servicediscovery.PrivateDnsNamespace


# A service


class ServiceName(Chosen):
    """Name of the service: of its container, and in the namespace."""


class ImageDigest(Chosen):
    """Digest of the image in the repository; while it is empty, the service runs no task."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^(|sha256:[0-9a-f]{64})$",
        "ConstraintDescription": "must be empty or sha256: and 64 hexadecimal digits",
    }


class ImageDigests(Chosen):
    """Entries NAME=sha256:DIGEST, separated by commas; a service without one runs no task."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^(|[a-z0-9-]+=sha256:[0-9a-f]{64}(,[a-z0-9-]+=sha256:[0-9a-f]{64})*)$",
        "ConstraintDescription": "must be NAME=sha256:DIGEST entries, separated by commas",
    }


class ImageUri(Chosen):
    """Image in a registry that is not ours."""


class ImageRepositoryArn(Chosen):
    """ARN of the ECR repository, not ours, that holds the image."""


class ContainerPort(Chosen):
    """TCP port on which the container listens."""

    cfn_type = "Number"


class ContainerUser(Chosen):
    """User as which the container runs, UID or UID:GID."""


class TaskCpu(Chosen):
    """CPU units of a task, 1024 to the vCPU."""

    cfn_type = "Number"


class TaskMemory(Chosen):
    """Memory of a task in MiB."""

    cfn_type = "Number"


class TaskCount(Chosen):
    """Number of tasks, once there is an image."""

    cfn_type = "Number"
    constraints = SCALE


class LogRetention(Chosen):
    """Days for which the log is kept."""

    cfn_type = "Number"


class PeerPort(Chosen):
    """TCP port of a service that the tasks may connect to."""

    cfn_type = "Number"


class PeerCidr(Chosen):
    """Address range that the tasks may connect to."""


class EnvironmentValue(Chosen):
    """Value of an environment variable."""


class SecretReference(Chosen):
    """Where the agent finds a secret: its ARN, with the JSON key if there is one."""


class SecretArn(Chosen):
    """ARN of a secret as IAM sees it."""


# The jump host


class JumpHostChoice(Chosen):
    """Whether there is a jump host, yes or no."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedValues": ["yes", "no"],
        "ConstraintDescription": "must be yes or no",
    }


class InstanceProfileName(Produced):
    """Instance profile of the jump host."""

    resource = iam.InstanceProfile


class InstanceImageId(Chosen):
    """Amazon Linux 2023."""

    cfn_type = "AWS::EC2::Image::Id"


class InstanceImageParameter(Chosen):
    """SSM parameter that names the newest image; a newer image replaces the host."""

    cfn_type = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"


class InstanceId(Produced):
    """The jump host."""

    resource = ec2.Instance


# What is deployed from


class ArtifactBucketName(Produced):
    """Bucket that holds the templates of stacks."""

    resource = s3.Bucket


class AdministratorAccount(Chosen):
    """Account that rolls out, where its StackSet is."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": r"^\d{12}$",
        "ConstraintDescription": "must be twelve digits; aws sts get-caller-identity names them",
    }


class OrganizationId(Chosen):
    """Organization whose accounts may read the templates; empty for this account alone."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^(|o-[a-z0-9]{10,32})$",
        "ConstraintDescription": "must be empty or o-…; aws organizations describe-organization names it",
    }


# The catalog


class PortfolioId(Produced):
    """Portfolio of Service Catalog that holds the product."""

    resource = servicecatalog.Portfolio


class ProductId(Produced):
    """Product of Service Catalog that teams launch."""

    resource = servicecatalog.CloudFormationProduct


class TemplateUrl(Chosen):
    """Address of the first version's template; later versions are added beside it, not here."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^https?://\\S+$",
        "ConstraintDescription": "must be the address of a template in S3",
    }


class VersionName(Chosen):
    """Name of the first version; it never changes."""

    constraints = {  # noqa: RUF012  # ClassVar in the base
        "AllowedPattern": "^\\S{1,100}$",
        "ConstraintDescription": "must be up to 100 characters without a space",
    }


class VersionDescription(Chosen):
    """What is new in the first version; it never changes."""


class NotificationTopicArn(Produced):
    """Topic that gets the events of all launches."""

    resource = sns.Topic


class LaunchRoleName(Produced):
    """Role with which Service Catalog makes what teams launch; the same name in every account."""

    resource = iam.Role


class LaunchRoleArn(Produced):
    """ARN of the role with which Service Catalog makes what teams launch in this account."""

    resource = iam.Role
    attribute = "Arn"


class BoundaryArn(Produced):
    """Policy that bounds each role of a product in this account."""

    resource = iam.ManagedPolicy
