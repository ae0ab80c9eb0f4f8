"""The statements of the launch role: each action that is needed, in the first grant that it fits.

A grant has only the actions that are needed.  So the role shrinks with the templates, and an action for which
nobody has decided on what is an error and not a star.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from awacs import iam, s3, sns
from awacs.aws import Action, StringEquals
from troposphere import Sub

from private_fargate.aws.handlers.launching import OWN_COPY_TAG
from private_fargate.kit.policy import allow, deny
from stacks.launch_role.reach import EVERYTHING, IDENTITY, POLICIES, STACKS, of_iam, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from awacs.aws import Statement

    from private_fargate.kit import kinds
    from stacks.launch_role.needs import Needs
    from stacks.launch_role.reach import Grant, Guards


def statements(
    needs: Needs, guards: Guards, bucket: kinds.ArtifactBucketName
) -> dict[str, tuple[Statement, ...]]:
    """Return the statements of each policy.

    Raises:
        ValueError: no grant has an action that is needed.
    """
    found = derived(needs, guards)
    found[STACKS].extend(_always(guards, bucket))
    found[IDENTITY].extend(_never(guards))
    return {policy: tuple(listed) for policy, listed in found.items()}


def derived(needs: Needs, guards: Guards) -> dict[str, list[Statement]]:
    """Return the statements that follow from what is needed, by policy.

    Raises:
        ValueError: no grant has an action that is needed.
    """
    grants = table(needs, guards)
    actions: dict[str, list[str]] = {grant.sid: [] for grant in grants}
    for action in needs.actions:
        actions[_first(grants, action).sid].append(action)
    found: dict[str, list[Statement]] = {policy: [] for policy in POLICIES}
    for grant in grants:
        if actions[grant.sid]:
            found[grant.policy].append(grant.statement(actions[grant.sid]))
    return found


def _first(grants: tuple[Grant, ...], action: str) -> Grant:
    for grant in grants:
        if grant.fits(action):
            return grant
    message = (
        f"{action}: it is needed, and no grant of the launch role says on what; add it to "
        "stacks/launch_role/reach.py"
    )
    raise ValueError(message)


def _always(guards: Guards, bucket: kinds.ArtifactBucketName) -> Iterator[Statement]:
    """Give what no template says: where its templates are read, and where its events are told.

    There is no right to decrypt: our bucket encrypts with S3's own keys, for which there is none to give, and
    Service Catalog asks for none for its own.
    """
    read = [s3.GetObject]
    templates = Sub("arn:${AWS::Partition}:s3:::${Bucket}/templates/*", Bucket=bucket)
    yield allow("ReadNestedTemplates", read, [templates])
    own_copy = StringEquals(dict([OWN_COPY_TAG]))
    yield allow("ReadWhatServiceCatalogCopied", read, EVERYTHING, conditions=[own_copy])
    if guards.topic is not None:
        # In the account that offers the product, which may be another.
        topic = Sub(f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:*:{guards.topic}")
        yield allow("TellOfLaunches", [sns.Publish], [topic])


def _never(guards: Guards) -> Iterator[Statement]:
    """Give what stays refused, whatever is attached to the role later: that it frees itself."""
    itself = [of_iam(f"role/{guards.role}"), of_iam(f"policy/{guards.boundary}")]
    yield deny("NeverChangeItselfOrTheBoundary", [Action("iam", "*")], itself)
    yield deny("NeverFreeARole", [iam.DeleteRolePermissionsBoundary], EVERYTHING)
