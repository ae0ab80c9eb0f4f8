"""Tests of one group run one after the other in one process: some are a story, others share what is dear."""

from __future__ import annotations

import pytest

GROUP = "those that belong together"


@pytest.mark.xdist_group(GROUP)
def test_a_group_is_known_to_whoever_hands_out_the_tests(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes it behind the name of a test; with a pytest that it does not know it is lost."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("one process runs all tests")
    assert request.node.nodeid.endswith(f"@{GROUP}")
