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
