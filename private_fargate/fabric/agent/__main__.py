"""The process: one order in, events out."""

from __future__ import annotations

import sys

from private_fargate.fabric.agent.orders import read_order
from private_fargate.fabric.agent.probing import probe
from private_fargate.fabric.agent.supervising import Task


def main() -> None:
    """Do what the first line of standard input orders."""
    order = read_order(sys.stdin.readline())
    if order.mode == "probe":
        probe(order)
    else:
        Task(order).run()


if __name__ == "__main__":
    main()
