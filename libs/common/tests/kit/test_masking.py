"""Masking: nothing shaped like a personal number gets out, and what only looks a little like one stays readable."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from registerbro.privacy import is_suspect, mask, mask_value, scrub

NUMBER = st.builds(
    lambda day, month, year, serial: f"{day:02d}{month:02d}{year:02d}{serial:04d}",
    st.integers(1, 31) | st.integers(61, 91), st.integers(1, 12), st.integers(0, 99), st.integers(0, 9999),
)  # fmt: skip
AROUND = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=20).filter(
    lambda text: not text.endswith(".")
)


@given(before=AROUND, number=NUMBER, divider=st.sampled_from(["", "-", " ", "–"]), after=AROUND)
def test_a_number_in_any_text_is_masked(before: str, number: str, divider: str, after: str) -> None:
    text = f"{before}{number[:6]}{divider}{number[6:]}{after}"
    assert mask(text) == f"{before}{number[:6]}-xxxx{after}"
    assert is_suspect(text)


@given(st.text() | st.lists(NUMBER | st.text()).map("".join))
@example("0101000000.0101000000")
def test_masked_text_is_no_longer_suspect(text: str) -> None:
    assert not is_suspect(mask(text))
    assert mask(mask(text)) == mask(text)


@given(record=st.sampled_from(["001", "014", "910", "997"]), numbers=st.lists(NUMBER, min_size=1, max_size=3))
def test_a_record_of_cpr_is_masked_with_all_its_numbers(record: str, numbers: list[str]) -> None:
    masked = mask(record + "".join(numbers))
    assert masked == f"{record}{numbers[0][:6]}-xxxx"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T02:26:40.123456Z",
        "2026-11-24 02:26:40,123",
        "20261124022640",
        "1763950000",
        "1763950000123",
        "550e8400-e29b-41d4-a716-446655440000",
        str(uuid.UUID(int=0x0101600101600101600101600101601A)),
        "0af7651916cd43dd8448eb211c80319c",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "0.0101601234",
        "d240101.l123456",
        "010160-xxxx",
        "3260611234",
        "0113601234",
        "telefon +45 12345678",
    ],
)
def test_not_a_number(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("value", "field", "masked"),
    [
        (2504611234, "contact_id", 2504611234),
        (2504611234, "size_bytes", 2504611234),
        (2504611234, "pnr", "250461-xxxx"),
        (104611234, "value", "010461-xxxx"),
        (12345, "value", 12345),
        (True, "x", True),
        (None, "x", None),
        (0.0101601234, "x", 0.0101601234),
        (Decimal("1.5"), "x", Decimal("1.5")),
        (dt.date(2026, 1, 1), "x", dt.date(2026, 1, 1)),
        (b"001" + b"0101601234" + b" \xc6", "x", "001010160-xxxx Æ"),
        ({"k": ["0101601234", {"0101601234": ("010160-1234",)}]}, "x", {"k": ["010160-xxxx", {"010160-xxxx": ["010160-xxxx"]}]}),
        (ValueError("0101601234"), "x", "ValueError('010160-xxxx')"),
    ],
)  # fmt: skip
def test_values(value: Any, field: str, masked: Any) -> None:
    assert mask_value(value, field) == masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://user:pw-word@host/db", "postgresql://user:***@host/db"),
        ("connection failed: password=pw-word host=x", "connection failed: password=*** host=x"),
        ('{"client_secret": "pw-word", "a": 1}', '{"client_secret": "***", "a": 1}'),
        ("GET /CVR/v2?apiKey=pw-word&page=1 is not there", "GET /CVR/v2?apiKey=***&page=1 is not there"),
        ("username=us&userPassword=pw&access_token=abc", "username=us&userPassword=***&access_token=***"),
        ("Authorization: Bearer eyJh.bGci.abc", "Authorization: Bearer ***"),
        ("Key (number)=(0101601234) already exists", "Key (number)=(010160-xxxx) already exists"),
        ("password authentication failed for user", "password authentication failed for user"),
    ],
)
def test_errors_from_elsewhere_are_shown_without_credentials(text: str, shown: str) -> None:
    assert scrub(text) == shown


@pytest.mark.parametrize("written", ["%27010160-1234%27", "%270101601234%27", "a%3d010160-1234"])
def test_a_number_is_masked_behind_a_percent_encoded_character(written: str) -> None:
    assert is_suspect(written)
    assert "1234" not in mask(written)
