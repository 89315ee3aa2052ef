"""Personal numbers: parsed once, masked wherever shown."""

import datetime as dt

import pytest
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber, number_or_none


@pytest.mark.parametrize("text", ["0101701996", "010170-1996", "  0101701996 "])
def test_ten_digits_with_or_without_hyphen(text: str) -> None:
    assert CprNumber.parse(text).value == "0101701996"


@pytest.mark.parametrize(
    "text", ["", "010170199", "01017019966", "010170199x", "01-01701996", "٠١٠١٧٠١٩٩٦", "0000000000"]
)
def test_anything_else_is_refused_without_naming_the_digits(text: str) -> None:
    with pytest.raises(InvalidCprNumber) as refusal:
        CprNumber.parse(text)
    assert not text.strip() or text.strip() not in str(refusal.value)


def test_a_number_without_modulus_11_is_a_number() -> None:
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    digits = "0101701997"
    assert sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 != 0
    assert CprNumber.parse(digits).value == digits


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, lambda number: f"{number!r:>30}", lambda number: str([number])]
)
def test_the_last_four_digits_are_never_shown(show: object) -> None:
    assert callable(show)
    shown = show(CprNumber("0101701996"))
    assert "010170-xxxx" in shown
    assert "1996" not in shown


@pytest.mark.parametrize(
    ("digits", "year"),
    [
        ("0101003000", 1900), ("0101993000", 1999), ("0101364000", 2036), ("0101374000", 1937),
        ("0101575000", 2057), ("0101585000", 1858), ("0101998000", 1899), ("0101008000", 2000),
        ("0101369000", 2036), ("0101379000", 1937), ("0101990000", 1999),
    ],
)  # fmt: skip
def test_the_century_follows_from_the_seventh_digit(digits: str, year: int) -> None:
    assert CprNumber(digits).birth_date == dt.date(year, 1, 1)


def test_administrative_numbers_have_sixty_added_to_the_day() -> None:
    number = CprNumber("6101701996")
    assert number.is_administrative
    assert number.birth_date == dt.date(1970, 1, 1)
    assert not CprNumber("3101701996").is_administrative


@pytest.mark.parametrize("digits", ["3002701996", "0013701996", "9902701996", "2902711996"])
def test_a_number_without_a_possible_date_has_no_birth_date(digits: str) -> None:
    assert CprNumber(digits).birth_date is None


@pytest.mark.parametrize(
    ("text", "number"), [("0000000000", None), (" " * 10, None), ("", None), ("0101701996", "0101701996")]
)
def test_zeros_and_blanks_are_nobody(text: str, number: str | None) -> None:
    assert number_or_none(text) == number
