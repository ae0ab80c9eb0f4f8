"""A network in the words of Linux: links and routes for `ip`, rules for `nft`, settings for the kernel.

Everything here is computed and nothing is done: `plan` takes a `Network` and returns text.
"""

from private_fargate.fabric.linux.planning import plan
from private_fargate.fabric.linux.plans import ANYWHERE, INTERNET, ROUTER, Door, Plan, Space

__all__ = ["ANYWHERE", "INTERNET", "ROUTER", "Door", "Plan", "Space", "plan"]
