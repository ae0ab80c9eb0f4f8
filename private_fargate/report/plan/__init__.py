"""A plan for people: what is given up first, then what it opens, breaks and costs, then all that changes."""

from __future__ import annotations

from private_fargate.report.plan.markdown import plan_markdown
from private_fargate.report.plan.text import plan_text
from private_fargate.report.plan.tree import changes_tree

__all__ = ["changes_tree", "plan_markdown", "plan_text"]
