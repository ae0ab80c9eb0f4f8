"""What runs, what it may do, and what watches it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.consequences.model import Consequence

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKLOADS: Final[Mapping[str, Consequence]] = MappingProxyType(
    {
        "AWS::ECS::Service": Consequence(
            "outage",
            "The new service is steady before the old one is stopped, so for minutes both run, twice the "
            "tasks. With a fixed ServiceName it fails: a cluster has one service of a name.",
            "All its tasks are stopped.",
            "AmazonECS/latest/developerguide/delete-service-v2.html",
        ),
        "AWS::ECS::Cluster": Consequence(
            "outage",
            "Every service in it is made anew, too. AWS refuses to delete the old one while tasks run in it.",
            "Nothing runs in it any more; AWS refuses while there are services or tasks in it.",
            "AmazonECS/latest/developerguide/delete_cluster-new-console.html",
        ),
        "AWS::ECS::TaskDefinition": Consequence(
            "harmless",
            "A new revision: services that use it roll over to it, and running tasks stay until then.",
            "The revision is deregistered: no new tasks start from it, and those that run stay.",
            "AmazonECS/latest/developerguide/deregister-task-definition-v2.html",
        ),
        "AWS::ECS::ClusterCapacityProviderAssociations": Consequence(
            "outage",
            "No tasks start by a capacity provider until the new one is there; those that run stay.",
            "No tasks start by a capacity provider any more; AWS refuses while a service uses it.",
            "AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html",
        ),
        "AWS::ECS::CapacityProvider": Consequence(
            "outage",
            "No tasks start by the old one any more; AWS refuses to delete it while a service uses it.",
            "No tasks start by it any more; AWS refuses while a service uses it.",
            "AmazonECS/latest/APIReference/API_DeleteCapacityProvider.html",
        ),
        "AWS::EC2::Instance": Consequence(
            "outage",
            "What is on its disks is lost, sessions end, and it has another id and another address.",
            "What is on its disks is lost, and sessions to it end.",
            "AWSEC2/latest/UserGuide/terminating-instances.html",
        ),
        "AWS::AutoScaling::AutoScalingGroup": Consequence(
            "outage",
            "All its instances are made anew; what is on their disks is lost.",
            "All its instances are terminated.",
            "autoscaling/ec2/userguide/as-process-shutdown.html",
        ),
        "AWS::EC2::LaunchTemplate": Consequence(
            "harmless",
            "Instances that run stay; new ones are started from the new template.",
            "No instances are started from it any more; those that run stay.",
            "AWSEC2/latest/UserGuide/delete-launch-template.html",
        ),
        "AWS::IAM::Role": Consequence(
            "outage",
            "The role has another ARN: policies and trust of others that name the old one, as a bucket's "
            "or a key's, let the new one do nothing. Its users move over by a new deployment.",
            "What runs with the role may do nothing any more.",
            "IAM/latest/UserGuide/id_roles_manage_delete.html",
        ),
        "AWS::IAM::User": Consequence(
            "outage",
            "Its access keys and passwords are void.",
            "Its access keys and passwords are void; AWS refuses while it has some that no stack knows.",
            "IAM/latest/UserGuide/id_users_remove.html",
        ),
        "AWS::IAM::ManagedPolicy": Consequence(
            "harmless",
            "The new policy is attached before the old one is taken away.",
            "What only this policy allows is allowed no more; AWS refuses while others attach it.",
            "IAM/latest/UserGuide/access_policies_manage-delete.html",
        ),
        "AWS::IAM::Policy": Consequence(
            "harmless",
            "The new policy is there before the old one is taken away.",
            "What only this policy allows is allowed no more.",
            "IAM/latest/UserGuide/access_policies_manage-delete.html",
        ),
        "AWS::IAM::RolePolicy": Consequence(
            "harmless",
            "The new policy is there before the old one is taken away.",
            "What only this policy allows is allowed no more.",
            "IAM/latest/UserGuide/access_policies_manage-delete.html",
        ),
        **dict.fromkeys(
            (
                "AWS::ECR::RegistryPolicy",
                "AWS::S3::BucketPolicy",
                "AWS::SNS::TopicPolicy",
                "AWS::SQS::QueuePolicy",
                "AWS::SecretsManager::ResourcePolicy",
            ),
            Consequence(
                "outage",
                "For some seconds nobody is let in by it, and nothing is denied by it.",
                "Whom only this policy let in is refused, and what it denied is as open as others leave it.",
                "IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
            ),
        ),
        "AWS::IAM::InstanceProfile": Consequence(
            "harmless",
            "The instance changes over to the new profile.",
            "The instance has no role any more: Session Manager does not reach it.",
            "IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html",
        ),
        "AWS::Lambda::Function": Consequence(
            "outage",
            "It has another ARN: what calls the old one from outside fails.",
            "What calls it fails.",
            "lambda/latest/api/API_DeleteFunction.html",
        ),
        "AWS::Lambda::Permission": Consequence(
            "harmless",
            "Calls may be refused for some seconds.",
            "Whoever had the permission is refused.",
            "lambda/latest/dg/access-control-resource-based.html",
        ),
        "AWS::ApplicationAutoScaling::ScalableTarget": Consequence(
            "harmless",
            "The number of tasks is not adjusted until the new one is there.",
            "The number of tasks stays as it is.",
            "autoscaling/application/APIReference/API_DeregisterScalableTarget.html",
        ),
        "AWS::ApplicationAutoScaling::ScalingPolicy": Consequence(
            "harmless",
            "The number of tasks is not adjusted until the new one is there.",
            "The number of tasks is not adjusted by it any more.",
            "autoscaling/application/APIReference/API_DeleteScalingPolicy.html",
        ),
        "AWS::CloudWatch::Alarm": Consequence(
            "harmless",
            "Its history is lost, and for a minute or more it has no state.",
            "Nobody is told any more; a rollback that waits for it has nothing to wait for.",
            "AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html",
        ),
        "AWS::Events::Rule": Consequence(
            "harmless",
            "Events may be missed for some seconds.",
            "Its targets get no events any more.",
            "eventbridge/latest/userguide/eb-delete-rule.html",
        ),
        "AWS::SNS::Topic": Consequence(
            "outage",
            "It has another ARN: subscriptions of others, and what publishes to the old one, are void.",
            "Subscribers get nothing any more.",
            "sns/latest/dg/sns-delete-subscription-topic.html",
        ),
        "AWS::SNS::Subscription": Consequence(
            "outage",
            "A subscription by mail has to be confirmed again before it gets anything.",
            "The subscriber gets nothing any more.",
            "sns/latest/dg/sns-delete-subscription-topic.html",
        ),
        "AWS::CertificateManager::Certificate": Consequence(
            "outage",
            "The new certificate has to be validated first, which may wait for somebody's DNS record.",
            "AWS refuses while a listener uses it.",
            "acm/latest/userguide/gs-acm-delete.html",
        ),
        "AWS::CloudFormation::Stack": Consequence(
            "outage",
            "Everything in the nested stack is made anew.",
            "Everything in the nested stack goes, each resource by its own policy.",
            "AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html",
        ),
        "AWS::CloudFormation::CustomResource": Consequence(
            "not known",
            "Its provider is asked for a new one and to delete the old; what that does only it knows.",
            "Its provider is asked to delete it; what that does only it knows.",
            "AWSCloudFormation/latest/TemplateReference/crpg-ref-requesttypes-delete.html",
        ),
    }
)
"""Resource type -> what it means to give one up."""
