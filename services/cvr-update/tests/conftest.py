"""Fixtures of CVR Update's tests."""

import pytest

from tests.support.cvr_provider import CvrProvider
from tests.support.cvr_updates import companies


@pytest.fixture
def provider() -> CvrProvider:
    """A provider that is asked for many at once, and knows three companies."""
    made = CvrProvider(most_at_once=50)
    made.add(*companies(3))
    return made
