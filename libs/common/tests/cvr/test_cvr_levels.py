"""Access levels: what of an answer is kept."""

import pytest
from registerbro.cvr.levels import ALL, kept
from registerbro.cvr.units import Part
from registerbro.sources import CvrSource

from tests.support.cvr_provider import EVERYTHING, p_number, unit

CONTACT_DATA = {Part.PHONE, Part.FAX, Part.EMAIL}


@pytest.mark.parametrize(("level", "without"), [(1, {*CONTACT_DATA, Part.CREDIT}), (2, set()), (3, set())])
def test_a_level_keeps_what_is_not_above_it(level: int, without: set[Part]) -> None:
    whole = unit(p_number(1))
    assert kept(whole, level).delivers == EVERYTHING - without
    assert kept(whole, level).name == whole.name


def test_a_level_adds_nothing_to_what_was_delivered() -> None:
    few = unit(p_number(1), delivers=frozenset({Part.NAME, Part.PHONE}))
    assert kept(few, 1).delivers == {Part.NAME}
    assert kept(few, 3).delivers == few.delivers


def test_a_source_that_names_no_level_keeps_everything() -> None:
    assert CvrSource.parse("UserID:abc").level == ALL
    assert CvrSource.parse("Level:0, UserID:abc").level == ALL
    assert CvrSource.parse("Level:1").level == 1
