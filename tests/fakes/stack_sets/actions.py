"""The operations of the API, each by the function that answers it."""

from __future__ import annotations

from tests.fakes.stack_sets import drift, importing, instances, operations, organization, sets

ACTIONS = {
    "ActivateOrganizationsAccess": organization.activate,
    "CreateStackInstances": instances.create,
    "CreateStackSet": sets.create,
    "DeactivateOrganizationsAccess": organization.deactivate,
    "DeleteStackInstances": instances.delete,
    "DeleteStackSet": sets.delete,
    "DescribeOrganizationsAccess": organization.describe,
    "DescribeStackInstance": instances.describe,
    "DescribeStackSet": sets.describe,
    "DescribeStackSetOperation": operations.describe,
    "DetectStackSetDrift": drift.detect,
    "ImportStacksToStackSet": importing.import_stacks,
    "ListStackInstanceResourceDrifts": drift.list_resources,
    "ListStackInstances": instances.list_all,
    "ListStackSetAutoDeploymentTargets": sets.deployment_targets,
    "ListStackSetOperationResults": operations.results,
    "ListStackSetOperations": operations.list_all,
    "ListStackSets": sets.list_all,
    "StopStackSetOperation": operations.stop,
    "UpdateStackInstances": instances.update,
    "UpdateStackSet": sets.update,
}
