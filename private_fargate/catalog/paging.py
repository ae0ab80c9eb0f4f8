"""Pages of Service Catalog, which spells its tokens in a way of its own."""

from __future__ import annotations

from functools import partial

from private_fargate.deploy.paging import paged as any_paged

paged = partial(any_paged, answered="NextPageToken", asked="PageToken")
"""Yield every page that an operation of Service Catalog answers."""
