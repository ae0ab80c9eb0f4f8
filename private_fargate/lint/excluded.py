"""Rules that are not asked, each with the reason."""

from __future__ import annotations

from typing import Final

EXCLUDED: Final[dict[str, str]] = {
    "W3002": (
        "says that a relative TemplateURL needs `aws cloudformation package`: that is what the parent is "
        "written for, and the deployer uploads the children in the same way"
    ),
}
"""Rule id to reason, for both linters: cloudformation-validate took over cfn-lint's ids.

The `.cfnlintrc` in the root excludes the same rules, for cfn-lint on the command line.
"""

ASKED_OF_CFN_LINT: Final[dict[str, str]] = {
    "W1001": (
        "cloudformation-validate does not see that an `Fn::If` in an output guards what it refers to, though "
        "it does in a resource; cfn-lint sees both"
    ),
}
"""Rule id to reason, for rules that cfn-lint is asked and cloudformation-validate is not."""
