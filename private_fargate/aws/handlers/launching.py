"""What Service Catalog itself calls with a launch role, whatever the product is."""

from __future__ import annotations

from typing import Final

from private_fargate.aws.handlers.model import actions

ON_STACKS: Final = actions(
    "cloudformation:CreateChangeSet CreateStack DeleteChangeSet DeleteStack DescribeChangeSet "
    "DescribeStackEvents DescribeStackResource DescribeStackResources DescribeStacks ExecuteChangeSet "
    "GetTemplate ListChangeSets ListStackResources SetStackPolicy TagResource UntagResource UpdateStack"
)
"""On the stack of a product and on those nested in it; the change sets are the plans of updates.

Source: servicecatalog/latest/adminguide/getstarted-launchconstraint.html, and for change sets
smc/latest/ag/scconnectlaunchrole.html.  Both give the actions on every resource.
"""

ON_TEMPLATES: Final = actions("cloudformation:GetTemplateSummary ValidateTemplate")
"""On a template that belongs to no stack yet, so that there is no resource to name.  Source: as above."""

STACK_PREFIX: Final = "SC-"
"""What the stack of every product is called by: SC-ACCOUNT-pp-ID, and what is in it by that name in turn.

CloudFormation names what a template does not name by its stack, cut at the end where it is too long.
Source: servicecatalog/latest/userguide/enduser-viewstack.html; CloudFormation User Guide, "Name type".
"""

OWN_COPY_TAG: Final = ("s3:ExistingObjectTag/servicecatalog:provisioning", "true")
"""The tag of the copy of a version's template that Service Catalog keeps in a bucket of its own.

It copies the root alone: nested templates are read from where the root says.
Source: servicecatalog/latest/adminguide/constraints-launch.html.
"""
