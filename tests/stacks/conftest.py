from __future__ import annotations

import pytest
from systems import Rendered, environment


@pytest.fixture(scope="session")
def demo() -> Rendered:
    return Rendered(environment())
