#!/usr/bin/env python3
"""The front door: `build.py --help` says what it can do."""

import sys

from private_fargate.front_door import main

if __name__ == "__main__":
    sys.exit(main())
