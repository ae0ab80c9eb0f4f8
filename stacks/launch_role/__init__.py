"""The role with which Service Catalog makes what a team launches, and the boundary of all that it makes.

Whoever launches a product has no right to any of its parts.  Service Catalog takes this role and calls
CloudFormation with it, whose handlers act with its rights.  So the role may do what the handlers of the
product's resource types call, and nothing beside: it is derived from the product's templates.

It makes roles, and whoever can make roles can make one that may do anything.  Unless each has a boundary: IAM
refuses what the boundary does not allow, whatever the role's policies say.  The role can give no other, take
none away, and not change it.

It is in every account in which teams launch, under the same name: the constraint of the product names it, and
not its ARN.  The same template, deployed alone, puts it there.  The name ends with the Region, for its rights
are of one Region, and IAM has one list of names for all of them.

It serves every version that somebody may still use.  A product of an old one is updated and ended with the
role as it is then; were it made for the newest alone, that would fail on the first type that is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Ref, Sub, Tags, iam

from private_fargate.config.derived import boundary_name, launch_role_name, launch_topic_name
from private_fargate.kit import kinds
from private_fargate.kit.bundles import wires
from private_fargate.kit.policy import policy, trust
from private_fargate.kit.scope import Library, Scope
from stacks.launch_role import boundary, grants
from stacks.launch_role.needs import Needs
from stacks.launch_role.pieces import cut, whole
from stacks.launch_role.reach import Guards

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.models import Environment

ROOT = "parent.json"
HOUR = 3600  # Service Catalog begins an operation within seconds, and CloudFormation carries it on


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the role is for.

    Attributes:
        role: its name, the same in every account; a text for Fn::Sub.
        guards: names that its conditions compare with.
        needs: what making, changing and removing the product calls, in any of its versions.
        tags: of the role.
    """

    role: str
    guards: Guards
    needs: Needs
    tags: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        environment: Environment,
        launchable: Mapping[str, bytes],
        earlier: Sequence[Mapping[str, bytes]] = (),
    ) -> Config:
        """Return what the templates of a product need, in all versions that can be in use.

        Args:
            environment: with a `catalog`.
            launchable: the templates of the system that a team launches.
            earlier: those of the other versions.

        Raises:
            ValueError: the environment has no `catalog`, or the templates hold what the role could not make.
        """
        bounded = boundary_name(environment)
        if bounded is None:
            message = f"{environment.name} has no catalog: say in its settings to whom it is offered"
            raise ValueError(message)
        role = launch_role_name(environment)
        guards = Guards(boundary=bounded, role=role, topic=launch_topic_name(environment))
        return cls(
            role=role,
            guards=guards,
            needs=Needs.of(launchable, *earlier),
            tags=tuple(sorted({"Environment": environment.name, **environment.tags}.items())),
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the nested templates are, in whichever account."""

    artifact_bucket_name: kinds.ArtifactBucketName


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What the constraint of the product names, and whoever looks after it."""

    launch_role_name: kinds.LaunchRoleName
    launch_role_arn: kinds.LaunchRoleArn
    boundary_arn: kinds.BoundaryArn


def render(
    environment: Environment, launchable: Mapping[str, bytes], earlier: Sequence[Mapping[str, bytes]] = ()
) -> dict[str, bytes]:
    """Return the template for an account that the portfolio is shared with, which gets the role alone.

    Args:
        environment: with a `catalog`.
        launchable: the templates of the system that a team launches.
        earlier: those of the other versions that can be in use.
    """
    config = Config.of(environment, launchable, earlier)
    library = Library(tags=dict(config.tags))
    scope = Scope(f"{environment.name}: the role with which Service Catalog launches it", library)
    bucket = scope.ask("Templates", "ArtifactBucketName", "Bucket", kinds.ArtifactBucketName)
    outputs = build(scope, config, Inputs(artifact_bucket_name=bucket))
    for title, wire in wires(outputs).items():
        scope.output(title, wire)
    scope.finish_form()
    library.add(ROOT, scope)
    return library.templates


def objection(launchable: Mapping[str, bytes]) -> str:
    """Return why no launch role could make a system; empty if one could.

    Args:
        launchable: its templates, perhaps of a version that was published long ago.
    """
    try:
        Needs.of(launchable)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:  # no template of ours, if no ValueError
        return str(error) if isinstance(error, ValueError) else "it is none of our templates"
    return ""


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Launch role: makes what the product's templates hold, and roles only within a boundary."""
    bound = scope.add(
        iam.ManagedPolicy(
            "Boundary",
            ManagedPolicyName=Sub(config.guards.boundary),
            Description="The most that any role of a product may do",
            PolicyDocument=policy(*whole("Boundary", boundary.statements(config.needs))),
        ),
        why="Whoever can make roles can make one that may do anything, unless each has a boundary",
        must="Roles of every launched product name it, and cannot work without it",
    )
    role = scope.add(
        iam.Role(
            "LaunchRole",
            RoleName=Sub(config.role),
            Description="Service Catalog makes products with it",
            # A launch uses a role of the account in which it happens, so nobody else can have Service Catalog
            # take this one; and it documents no source with which a condition could compare.
            AssumeRolePolicyDocument=trust("servicecatalog.amazonaws.com"),
            MaxSessionDuration=HOUR,
            Tags=Tags(dict(config.tags)),
        ),
        why="Teams launch with its rights, and need none of their own",
        must="The constraint of the product names it: under another name nothing can be launched or ended",
    )
    statements = grants.statements(config.needs, config.guards, inputs.artifact_bucket_name)
    for title, piece in cut(statements).items():
        scope.add(
            iam.ManagedPolicy(title, Roles=[Ref(role)], PolicyDocument=policy(*piece)),
            why="What the handlers of the product's resource types call, read from its templates",
        )
    return Outputs(
        launch_role_name=kinds.LaunchRoleName.of(role),
        launch_role_arn=kinds.LaunchRoleArn.of(role),
        boundary_arn=kinds.BoundaryArn.of(bound),
    )
