"""Requests to the byte, and answers in every segmentation, cut anywhere, or with something wrong in them."""

import datetime as dt
import itertools
import re

import pytest
from cpr_direct.errors import (
    AnswerCut,
    AnswerTooLong,
    DirectError,
    LogonRefused,
    NotAHeader,
    PersonUnknown,
    RecordBroken,
)
from cpr_direct.wire import Answer, AnswerParser, Header, PersonAnswer, logon_request, request
from cpr_direct.wire.fields import HEADER, LOGON, REQUEST, FieldTooLong
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.writer import write_record

from tests.support import secrets_in_use
from tests.support.cpr_files import ANNA, BENT, record, simple_person
from tests.support.direct_logons import WHOM
from tests.support.direct_server import PRODUCED, answer, data, header

NOW = dt.datetime(2026, 1, 15, 8, tzinfo=dt.UTC)
TOKEN = secrets_in_use.add("Tok=n 12")
PERSON = [each for each in simple_person() if not each.startswith("099")]
WHOLE = answer(PERSON, token=TOKEN)


def parsed(*pieces: bytes) -> Answer:
    parser = AnswerParser()
    for piece in pieces:
        parser.feed(piece)
    return parser.finish()


def person(content: bytes, number: CprNumber = WHOM) -> PersonAnswer:
    return PersonAnswer.of(parsed(content), number, NOW)


def texts(found: PersonAnswer) -> list[str]:
    return [each.text for each in found.person.records]


def cuts(content: bytes) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(content)), max_size=40).map(sorted)


def in_pieces(content: bytes, cut: list[int]) -> list[bytes]:
    bounds = [0, *cut, len(content)]
    return [content[start:end] for start, end in itertools.pairwise(bounds)]


def logon(password: str = "Gammel-1", new: str | None = None) -> bytes:
    return logon_request(
        transaction_code="OFF4",
        customer_number="0042",
        user_id="WUDI",
        password=SecretStr(password),
        new_password=SecretStr(new) if new else None,
    )


def test_the_logon_is_35_characters() -> None:
    assert logon() == b"OFF4,004290WUDI    Gammel-1        "
    assert logon(new="Nyere+22") == b"OFF4,004290WUDI    Gammel-1Nyere+22"
    assert LOGON[-1].end == 35


def test_a_request_is_39_characters() -> None:
    content = request(
        transaction_code="PRIV",
        customer_number="0042",
        user_id="WUDI",
        token=SecretStr(TOKEN),
        subscription_type="1",
        data_type="6",
        number=WHOM,
    )
    assert content == b"PRIV,004216" + TOKEN.encode() + b"WUDI    00" + ANNA.encode()
    assert REQUEST[-1].end == len(content) == 39


@pytest.mark.parametrize("fields", [LOGON, REQUEST, HEADER], ids=["logon", "request", "header"])
def test_the_fields_follow_each_other_without_a_gap(fields: tuple[object, ...]) -> None:
    end = 0
    for field in fields:
        assert field.start == end + 1  # type: ignore[attr-defined]
        end = field.end  # type: ignore[attr-defined]


def test_what_does_not_fit_is_named_and_not_shown() -> None:
    with pytest.raises(FieldTooLong, match=r"^password does not fit") as refused:
        logon("more than eight")
    assert "more than" not in str(refused.value)
    with pytest.raises(FieldTooLong):
        logon("12345€78")


def test_a_header_is_read_and_shown_without_its_token() -> None:
    found = Header.parse(header(token=TOKEN, length=1590, data_type="6"))
    assert (found.customer_number, found.subscription_type, found.data_type) == ("1234", "0", "6")
    assert (found.token.get_secret_value(), found.user_id) == (TOKEN, "WUTEST01")
    assert (found.error_number, found.is_error, found.length) == ("00", False, 1590)
    assert found.masked == "123406********WUTEST01001590"
    assert TOKEN not in repr(found)


def test_the_length_of_an_error_is_a_reason_and_no_length() -> None:
    found = Header.parse(header(error="01", length=" x1 "))
    assert (found.is_error, found.length) == (True, None)


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x15\x03\x03" + b"\0" * 25,
        header(length="  28"),
        header(length=27),
    ],
    ids=["http", "tls", "blank-length", "short-length"],
)
def test_what_is_no_header_is_refused_at_its_28th_byte(content: bytes) -> None:
    parser = AnswerParser()
    parser.feed(content[:27])
    with pytest.raises(NotAHeader):
        parser.feed(content[27:28])


def test_a_person_is_read() -> None:
    found = person(WHOLE)
    assert texts(found) == [each.rstrip() for each in PERSON]
    assert (found.number, found.production_date, found.task_number) == (WHOM, PRODUCED, "123401")
    assert (found.fetched_at, found.current_number) == (NOW, None)
    assert found.person.rejected_types == frozenset()
    assert found.header == "123406********WUTEST0100" + str(len(WHOLE)).zfill(4)


def test_nothing_shows_whom_an_answer_is_about() -> None:
    shown = repr(person(WHOLE)) + repr(parsed(WHOLE))
    assert not re.search(rf"{ANNA}|Anna|{TOKEN}|Møllevej", shown)


@given(cuts(WHOLE))
def test_any_segmentation_gives_the_same_person(cut: list[int]) -> None:
    assert PersonAnswer.of(parsed(*in_pieces(WHOLE, cut)), WHOM, NOW) == person(WHOLE)


@pytest.mark.parametrize("size", [1, 2, 27, 28, 29, 4096])
def test_equal_pieces_give_the_same_person(size: int) -> None:
    pieces = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
    assert PersonAnswer.of(parsed(*pieces), WHOM, NOW) == person(WHOLE)


def test_every_prefix_of_an_answer_is_cut() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(AnswerCut) as cut:
            parsed(WHOLE[:length])
        assert cut.value.offset == length


@given(st.integers(1, 30), cuts(WHOLE))
def test_a_byte_too_many_is_refused_when_it_comes(surplus: int, cut: list[int]) -> None:
    parser = AnswerParser()
    for piece in in_pieces(WHOLE, cut):
        parser.feed(piece)
    assert parser.is_complete
    with pytest.raises(AnswerTooLong):
        parser.feed(b" " * surplus)


def test_no_answer_is_longer_than_its_header_can_say() -> None:
    parser = AnswerParser()
    parser.feed(header(length=9999) + b" " * 9971)
    with pytest.raises(AnswerTooLong):
        parser.feed(b" ")


@given(st.binary(max_size=200))
def test_no_bytes_whatever_are_taken_for_a_person(content: bytes) -> None:
    with pytest.raises(DirectError):
        person(content)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_byte_that_changed_on_the_way_is_refused_or_stays_within_its_field(place: int, byte: int) -> None:
    content = WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]
    try:
        found = person(content)
    except DirectError:
        return
    assert all(each.text[3:13] == ANNA for each in found.person.records)
    assert [each.type for each in found.person.records][:1] == ["001"]


def test_an_error_goes_before_the_data_that_follow_it() -> None:
    content = header(error="05", length=len(WHOLE)) + data(PERSON)
    with pytest.raises(PersonUnknown) as refused:
        parsed(content)
    assert refused.value.said == ""  # they are a person's, not CPR's words


def test_an_error_is_known_with_its_header_whatever_follows() -> None:
    parser = AnswerParser()
    parser.feed(header(error="01"))
    assert isinstance(parser.error, LogonRefused)
    with pytest.raises(LogonRefused):
        parser.feed(b"x" * 10_000)


def test_what_cpr_says_of_an_error_is_kept_without_secrets() -> None:
    parser = AnswerParser(withheld=[SecretStr(TOKEN), SecretStr("Gammel-1")])
    words = f"Forkert kode\r\nGammel-1 {TOKEN} for bruger 77777 og {ANNA} password=hemmelig"
    parser.feed(header(error="01") + words.encode("latin-1"))
    with pytest.raises(LogonRefused) as refused:
        parser.finish()
    assert refused.value.said == "Forkert kode **** **** for bruger … og …-xxxx password=***"
    assert "Forkert" not in str(refused.value)


# What is wrong with records.


def broken(content: bytes, reason: str, number: CprNumber = WHOM) -> RecordBroken:
    with pytest.raises(RecordBroken, match=reason) as refused:
        person(content, number)
    assert not re.search(rf"{ANNA[-4:]}|{BENT[-4:]}|Anna", str(refused.value))
    return refused.value


def in_answer(body: bytes) -> bytes:
    return header(length=28 + len(body)) + body


def test_a_record_of_unknown_type_ends_it_and_says_where() -> None:
    place = WHOLE.index(b"008" + ANNA.encode())
    error = broken(WHOLE[:place] + b"777" + WHOLE[place + 3 :], "unknown type 777")
    assert error.offset == place


def test_the_type_is_shown_where_it_is_a_number_only() -> None:
    place = WHOLE.index(b"008" + ANNA.encode())
    error = broken(WHOLE[:place] + b"Ann" + WHOLE[place + 3 :], "a record of unknown type that is no number")
    assert error.offset == place


def test_a_record_that_is_cut_off() -> None:
    broken(in_answer(data(PERSON)[:-3]), "cut off")


def test_something_after_the_last_record() -> None:
    broken(in_answer(data(PERSON) + b"\r\n"), "follows the last one")
    broken(in_answer(b"   "), "follows the last one")


def test_no_start_or_no_end() -> None:
    body = data(PERSON)
    assert broken(in_answer(body[35:]), "record 000 is not where it must be").offset == 28
    broken(in_answer(body[:-21]), "record 999 is not where it must be")


def test_a_second_start_or_end() -> None:
    body = data(PERSON)
    broken(in_answer(body[:-21] + body), "a second record 999|a second record 000")
    broken(in_answer(body[:-21] + body[-21:] + body[-21:]), "a second record 999")


def test_a_count_that_is_not_right() -> None:
    body = data(PERSON)
    broken(in_answer(body[:-8] + b"00000005"), "counts another number")
    broken(in_answer(body[:-8] + b"        "), "counts another number")


def test_no_date_or_task_in_the_start_record() -> None:
    body = data(PERSON)
    broken(in_answer(body[:19] + b"00000000" + body[27:]), "no production date")
    broken(in_answer(body[:13] + b"      " + body[19:]), "no task number")


def test_no_data_at_all() -> None:
    broken(header(), "no data")


def test_a_record_about_another_person() -> None:
    broken(WHOLE, "record 001 is about another person", CprNumber(BENT))
    broken(answer([*PERSON, record("011", BENT)]), "record 011 is about another person")


def test_a_record_that_has_no_place_in_an_answer() -> None:
    broken(answer([*PERSON, record("997", ANNA)]), "record 997")


def test_one_001_and_only_one() -> None:
    broken(answer(PERSON[1:]), "no record 001")
    broken(answer([PERSON[0], *PERSON]), "2 records 001")


def test_a_record_with_a_fault_is_left_out_and_its_type_told() -> None:
    spoilt = record("011").replace("    ", "1961", 1)[:14] + "1961-13-01 "
    found = person(answer([*PERSON, spoilt, record("011", church_relation="F")]))
    assert found.person.rejected_types == {"011"}
    assert found.person.rejected_lines == (len(PERSON) + 2,)
    assert texts(found)[-1].startswith("011")
    assert len(found.person.records) == len(PERSON) + 1


def test_but_not_the_001() -> None:
    spoilt = PERSON[0][:39] + "1961-13-01" + PERSON[0][49:]
    broken(answer([spoilt, *PERSON[1:]]), "record 001, field birth_date: not a possible date")


def test_a_record_whose_number_is_not_readable_is_left_out() -> None:
    found = person(answer([*PERSON, "011" + "?" * 10 + "F" + " " * 11]))
    assert found.person.rejected_types == {"011"}


def test_the_longer_variant_of_a_record() -> None:
    longer = write_record("001", pnr=ANNA, status="01", sex="K", key_constant="KEY")
    found = person(answer([longer, *PERSON[1:]]))
    assert texts(found)[0] == longer.rstrip()
    assert len(longer) == 121


def test_records_come_in_the_order_of_their_types() -> None:
    assert texts(person(answer(PERSON[::-1]))) == texts(person(WHOLE))


def test_a_replaced_number_names_the_current_one() -> None:
    replaced = write_record("001", pnr=ANNA, current_pnr=BENT, status="60")
    assert person(answer([replaced])).current_number == CprNumber(BENT)
    itself = write_record("001", pnr=ANNA, current_pnr=ANNA, status="01")
    assert person(answer([itself])).current_number is None
