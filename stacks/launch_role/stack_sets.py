"""The roles with which StackSets makes a system in many accounts, derived from it as the launch role is.

With self-managed permissions there are two: one in the account that rolls out, which CloudFormation takes;
and one in each target account, which the first one takes and which makes the stacks.  With service-managed
permissions StackSets puts the second one into the accounts itself, from a template that it is given.

The second may do what the handlers of the system's resource types call, on what stacks of StackSets hold.  It
makes roles, and nothing bounds what those may do: whoever may change the StackSet decides that.  So that is
who has to be guarded; the role keeps everybody else out, and accidents small.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from awacs import s3, sns, sts
from awacs.aws import Action, Allow, Principal, Statement, StringNotEquals
from troposphere import AccountId, Ref, Sub, Tags, iam

from private_fargate.kit import kinds
from private_fargate.kit.policy import allow, arn, deny, policy, trust
from private_fargate.kit.scope import Library, Scope
from stacks.launch_role.grants import derived
from stacks.launch_role.needs import Needs
from stacks.launch_role.pieces import cut
from stacks.launch_role.reach import EVERYTHING, IDENTITY, STACKS, Guards, of_iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout

ADMINISTRATION: Final = "administration.json"
EXECUTION: Final = "execution.json"
STACK_PREFIX: Final = "StackSet-"
"""What StackSets calls each stack by: StackSet-NAME-UUID, and what is in it by that name in turn."""

_SERVICE: Final = "cloudformation.amazonaws.com"
_MEMBER: Final = (
    "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/"
    "member.org.stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgMember"
)
_OF_A_REGION: Final = ("cloudformation", "ec2", "ecr", "ecs", "kms", "logs", "servicediscovery", "ssm")
_ANY_REGION: Final = b"*"


def render(environment: Environment, system: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the templates of both roles, for self-managed permissions, by file name.

    Args:
        environment: with a `rollout`.
        system: its templates, as they are rolled out.

    Raises:
        ValueError: there is no `rollout`, or the templates hold what the role could not make.
    """
    settings = environment.rollout
    if settings is None:
        message = f"{environment.name} has no rollout: say in its settings which accounts it goes to"
        raise ValueError(message)
    account = Sub(
        f"arn:${{AWS::Partition}}:iam::${{AdministratorAccount}}:role/{settings.administration_role}"
    )
    scope = _scope(environment, f"{environment.name}: the role with which StackSets makes it in this account")
    scope.ask("Administrator", "AdministratorAccount", "Account that rolls out", kinds.AdministratorAccount)
    bucket = scope.ask("Templates", "ArtifactBucketName", "Bucket", kinds.ArtifactBucketName)
    _execution(scope, environment, Needs.of(system, bounded=False), settings.execution_role, account, bucket)
    return {
        ADMINISTRATION: _administration(environment, settings),
        EXECUTION: _everywhere(_finished(scope, EXECUTION)),
    }


def service_managed(environment: Environment, system: Mapping[str, bytes], role: str, bucket: str) -> bytes:
    """Return the template of the role that StackSets puts into each target account.

    Args:
        environment: with a `rollout`.
        system: its templates, as they are rolled out.
        role: name of the role.
        bucket: where the nested templates are.
    """
    scope = _scope(environment, f"{environment.name}: the role with which StackSets makes it in this account")
    asked = scope.ask("Templates", "ArtifactBucketName", "Bucket", kinds.ArtifactBucketName, Default=bucket)
    _execution(scope, environment, Needs.of(system, bounded=False), role, Sub(_MEMBER), asked)
    return _everywhere(_finished(scope, EXECUTION))


def _scope(environment: Environment, description: str) -> Scope:
    return Scope(description, Library(tags={"Environment": environment.name, **environment.tags}))


def _finished(scope: Scope, name: str) -> bytes:
    scope.finish_form()
    scope.library.add(name, scope)
    return scope.library.templates[name]


def _everywhere(template: bytes) -> bytes:
    """Return a template whose ARNs are of any Region: a role is of an account, and its instances of many."""
    return template.replace(b"${AWS::Region}", _ANY_REGION)


def _administration(environment: Environment, settings: Rollout) -> bytes:
    scope = _scope(
        environment, f"{environment.name}: the role that StackSets takes in the account of the StackSet"
    )
    role = scope.add(
        iam.Role(
            "AdministrationRole",
            RoleName=settings.administration_role,
            Description="StackSets comes with it into target accounts",
            AssumeRolePolicyDocument=trust(_SERVICE, arn("cloudformation", "stackset/*")),
            Tags=Tags(scope.library.tags),
        ),
        why="CloudFormation takes it, and with it the execution role of each target account",
        must="The execution roles trust it by its name",
    )
    others = Sub(f"arn:${{AWS::Partition}}:iam::*:role/{settings.execution_role}")
    scope.add(
        iam.ManagedPolicy(
            "AdministrationPolicy",
            Roles=[Ref(role)],
            PolicyDocument=policy(allow("ComeIntoTargetAccounts", [sts.AssumeRole], [others])),
        ),
        why="Which accounts those are, their execution roles decide by whom they trust",
    )
    return _everywhere(_finished(scope, ADMINISTRATION))


def _execution(  # noqa: PLR0913, PLR0917 -- who, what for, and where from
    scope: Scope,
    environment: Environment,
    needs: Needs,
    name: str,
    trusted: Sub,
    bucket: kinds.ArtifactBucketName,
) -> None:
    role = scope.add(
        iam.Role(
            "ExecutionRole",
            RoleName=name,
            Description="StackSets makes stacks with it",
            AssumeRolePolicyDocument=policy(_trusts(trusted)),
            Tags=Tags(scope.library.tags),
        ),
        why="StackSets makes, changes and removes the stacks of this account with it",
        must="Under another name StackSets finds it no more, and could not even remove what it has made",
    )
    settings = environment.rollout
    regions = (settings.regions if settings is not None else ()) or environment.regions
    for title, piece in cut(_statements(needs, name, bucket, regions)).items():
        scope.add(
            iam.ManagedPolicy(title, Roles=[Ref(role)], PolicyDocument=policy(*piece)),
            why="What the handlers of the system's resource types call, read from its templates",
        )


def _trusts(who: Sub) -> Statement:
    return Statement(
        Sid="AssumedByStackSets", Effect=Allow, Principal=Principal("AWS", who), Action=[sts.AssumeRole]
    )


def _statements(
    needs: Needs, name: str, bucket: kinds.ArtifactBucketName, regions: Sequence[str]
) -> dict[str, list[Statement]]:
    guards = Guards(boundary=None, role=name, topic=None, prefix=STACK_PREFIX)
    of_handlers = tuple(each for each in needs.actions if not each.startswith("cloudformation:"))
    found = derived(replace(needs, actions=of_handlers), guards)
    found[STACKS] += _on_stacks(bucket)
    elsewhere = [Action(service, "*") for service in _OF_A_REGION]
    found[IDENTITY] += [
        deny("NeverChangeItself", [Action("iam", "*")], [of_iam(f"role/{name}")]),
        deny(
            "NeverElsewhere",
            elsewhere,
            EVERYTHING,
            conditions=[StringNotEquals({"aws:RequestedRegion": list(regions)})],
        ),
    ]
    return found


def _on_stacks(bucket: kinds.ArtifactBucketName) -> list[Statement]:
    """Return what StackSets itself does with the role.

    It documents that it needs all of CloudFormation, and does not say what for, so here is all of it on its
    own stacks.  It documents s3 and sns too: it hands over the root template from a bucket, and hears of the
    stacks by a topic, that are in accounts of AWS.

    Source: AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
    """
    looks = ("DescribeStackDriftDetectionStatus", "GetTemplateSummary", "ListStacks", "ValidateTemplate")
    templates = Sub("arn:${AWS::Partition}:s3:::${Bucket}/templates/*", Bucket=bucket)
    foreign = [StringNotEquals({"aws:ResourceAccount": AccountId})]
    return [
        allow("LookAtStacks", [Action("cloudformation", name) for name in looks], EVERYTHING),
        allow(
            "RunTheStacksOfStackSets",
            [Action("cloudformation", "*")],
            [arn("cloudformation", f"stack/{STACK_PREFIX}*")],
        ),
        allow("ReadNestedTemplates", [s3.GetObject], [templates]),
        allow("ReadWhatStackSetsHandsOver", [s3.GetObject], EVERYTHING, conditions=foreign),
        allow("TellStackSets", [sns.Publish], EVERYTHING, conditions=foreign),
    ]
