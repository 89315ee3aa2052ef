"""Input files: positions as documented, and what is written is what is read."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.orders import (
    CREATE,
    DELETE,
    OrderFileMalformed,
    OrderKey,
    OrderLine,
    file_name,
    read_lines,
    write_line,
    write_lines,
)
from registerbro.cpr.writer import RecordValueError

from tests.support.cpr_files import ANNA, BENT

SUBSCRIPTION = OrderLine(
    OrderKey.SUBSCRIPTION, CprNumber(ANNA), "RBABCDEFGHJKLMN", customer_number="1234", operation=CREATE
)
REQUISITION = OrderLine(OrderKey.REQUISITION, CprNumber(ANNA), "RBABCDEFGHJKLMP", task_number="123401")

digits = st.text("0123456789", min_size=6, max_size=6)
numbers = st.from_regex(r"[1-9][0-9]{9}", fullmatch=True).map(CprNumber)
constants = st.text("ABCXYZ0189 -", max_size=15).map(str.strip)
lines = st.one_of(
    st.builds(OrderLine, st.sampled_from([OrderKey.STATUS_LIST, OrderKey.REQUISITION]), numbers, constants, digits),
    st.builds(
        lambda number, constant, customer, operation: OrderLine(
            OrderKey.SUBSCRIPTION, number, constant, customer_number=customer, operation=operation
        ),
        numbers, constants, digits.map(lambda six: six[:4]), st.sampled_from([CREATE, DELETE]),
    ),
)  # fmt: skip


@given(st.lists(lines, max_size=30))
def test_what_is_written_is_read(wanted: list[OrderLine]) -> None:
    content = write_lines(wanted)
    read = read_lines(content)
    assert sorted(read, key=repr_of) == sorted(wanted, key=repr_of)
    assert [line.number for line in read] == sorted(line.number for line in wanted)
    assert {len(line) for line in content.split(b"\r\n")} <= ({80} if wanted else {0})
    assert write_lines(read) == content


def repr_of(line: OrderLine) -> tuple[str, ...]:
    return (line.number.value, *map(str, dataclasses.astuple(line)[2:]), line.key)


def test_fields_stand_at_the_documented_positions() -> None:
    assert write_line(SUBSCRIPTION) == f"06123400OP{ANNA}RBABCDEFGHJKLMN" + " " * 45
    assert write_line(REQUISITION) == f"07123401{ANNA}RBABCDEFGHJKLMP" + " " * 47
    status = dataclasses.replace(REQUISITION, key=OrderKey.STATUS_LIST)
    assert write_line(status) == f"01123401{ANNA}RBABCDEFGHJKLMP" + " " * 47


def test_a_person_is_subscribed_before_the_data_are_requisitioned() -> None:
    other = dataclasses.replace(REQUISITION, number=CprNumber(BENT))
    assert read_lines(write_lines([other, REQUISITION, SUBSCRIPTION])) == [SUBSCRIPTION, REQUISITION, other]


def test_the_name_tells_the_day_and_the_task() -> None:
    assert file_name(dt.date(2011, 11, 11), "034567") == "d111111.i034567"


def test_lines_without_trailing_blanks_and_with_a_last_line_end_are_read() -> None:
    content = write_line(REQUISITION).rstrip().encode() + b"\n" + write_line(SUBSCRIPTION).encode() + b"\r\n"
    assert read_lines(content) == [REQUISITION, SUBSCRIPTION]


@pytest.mark.parametrize(
    "line",
    [
        "05" + write_line(REQUISITION)[2:],
        write_line(REQUISITION) + " ",
        write_line(REQUISITION)[:-1] + "x",
        write_line(SUBSCRIPTION).replace("123400OP", "123401OP"),
        write_line(REQUISITION).replace(ANNA, "01017O1996"),
        write_line(REQUISITION).replace("123401", "1234  "),
        "07",
    ],
)
def test_a_line_that_is_none_of_ours_is_named_by_its_place_alone(line: str) -> None:
    content = f"{write_line(SUBSCRIPTION)}\r\n{line}".encode()
    with pytest.raises(OrderFileMalformed) as caught:
        read_lines(content)
    assert caught.value.line == 2
    assert ANNA not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"key_constant": "Å" * 3}, {"key_constant": "x" * 16}, {"key_constant": " x"}, {"task_number": "12340"},
     {"task_number": "12340x"}, {"key_constant": "x\n"}],
)  # fmt: skip
def test_what_a_line_cannot_hold_is_refused_by_field(changes: dict[str, Any]) -> None:
    with pytest.raises(RecordValueError, match=next(iter(changes))):
        write_line(dataclasses.replace(REQUISITION, **changes))
