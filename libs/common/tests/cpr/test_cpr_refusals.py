"""Files that are refused as a whole, each with a clear reason, before anything of them is used."""

from pathlib import Path

import pytest
from registerbro.cpr.reader import FileRefused, scan
from registerbro.cpr.refusals import (
    BadStartRecord,
    GreenlandLayout,
    NotACprFile,
    SeveralFiles,
    TruncatedFile,
    UnknownRecord,
    WrongEncoding,
)
from registerbro.cpr.writer import Form, write_record

from tests.support.cpr_files import ANNA, BENT, CARL, extract, simple_person

GREENLANDIC = f"001{ANNA}{'':10}200103171200".ljust(66) + "K1970-01-01"


def refusal(content: bytes, directory: Path) -> FileRefused:
    path = directory / "extract"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        scan(path)
    assert ANNA not in str(refused.value)
    return refused.value


def lines(*records: str, encoding: str = "iso-8859-1") -> bytes:
    return "".join(f"{each}\n" for each in records).encode(encoding)


@pytest.fixture(params=list(Form))
def form(request: pytest.FixtureRequest) -> Form:
    return Form(request.param)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"   ", b"hello", b"PK\x03\x04 a zip file", b"\x00" * 5000]
)
def test_what_is_no_cpr_file(content: bytes, tmp_path: Path) -> None:
    assert isinstance(refusal(content, tmp_path), NotACprFile)


def test_a_missing_start_record(form: Form, tmp_path: Path) -> None:
    content = extract(simple_person(), form=form)
    start = content.index(b"001" + ANNA.encode())
    refused = refusal(content[start:], tmp_path)
    assert isinstance(refused, NotACprFile)
    assert str(refused) == "the start record 000 is missing (line 1, byte 0)"


@pytest.mark.parametrize(
    ("found", "put", "reason"),
    [
        (b"20240517", b"20240532", "production date"),
        (b"20240517", b"00000000", "production date"),
        (b"123401", b"12X401", "task number"),
    ],
)
def test_a_start_record_that_says_nothing(
    found: bytes, put: bytes, reason: str, form: Form, tmp_path: Path
) -> None:
    refused = refusal(extract(simple_person(), form=form).replace(found, put, 1), tmp_path)
    assert isinstance(refused, BadStartRecord)
    assert reason in refused.reason


def test_a_missing_end_record(form: Form, tmp_path: Path) -> None:
    content = extract(simple_person(), form=form)
    refused = refusal(content[: content.index(b"999" + b"9" * 10)], tmp_path)
    assert isinstance(refused, TruncatedFile)
    assert refused.line == 6


@pytest.mark.parametrize("cut", [1, 30, 100, 200, 400])
def test_a_file_that_was_cut_off(cut: int, form: Form, tmp_path: Path) -> None:
    content = extract([*simple_person(ANNA), *simple_person(BENT)], form=form).rstrip()
    refused = refusal(content[: -21 - cut], tmp_path)
    assert isinstance(refused, TruncatedFile)


def test_records_after_the_end(tmp_path: Path) -> None:
    content = extract(simple_person(ANNA)) + lines(*simple_person(BENT))
    assert isinstance(refusal(content, tmp_path), SeveralFiles)


def test_two_files_in_one(form: Form, tmp_path: Path) -> None:
    content = extract(simple_person(ANNA), form=form)
    assert isinstance(refusal(content + content, tmp_path), SeveralFiles)


def test_a_second_start_record(form: Form, tmp_path: Path) -> None:
    content = extract(simple_person(ANNA), form=form)
    start = content[: content.index(b"001" + ANNA.encode())]
    assert isinstance(refusal(start + content, tmp_path), SeveralFiles)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark(mark: bytes, tmp_path: Path) -> None:
    refused = refusal(mark + extract(simple_person()), tmp_path)
    assert isinstance(refused, WrongEncoding)
    assert "byte order mark" in refused.reason


def test_a_file_in_utf_8(form: Form, tmp_path: Path) -> None:
    people = [text for number in (ANNA, BENT, CARL) for text in simple_person(number)]
    content = extract(people, form=form, trim=False).decode("iso-8859-1").encode()
    refused = refusal(content, tmp_path)
    assert isinstance(refused, WrongEncoding)
    assert "UTF-8" in refused.reason


def test_a_single_record_in_utf_8_is_no_reason_to_refuse_the_file(tmp_path: Path) -> None:
    path = tmp_path / "extract"
    path.write_bytes(extract(simple_person(ANNA)).replace("Ål".encode("iso-8859-1"), "Ål".encode()))
    assert scan(path).persons == 1


@pytest.mark.parametrize("start", [True, False])
def test_the_greenland_product(start: bool, tmp_path: Path) -> None:
    first = ["000" + "0" * 10 + "00326242" + "20240517"] if start else []
    refused = refusal(lines(*first, GREENLANDIC, "9999999999999"), tmp_path)
    assert isinstance(refused, GreenlandLayout)
    assert "Greenland" in refused.reason


def test_the_greenland_product_behind_other_records(tmp_path: Path) -> None:
    content = extract([write_record("910"), GREENLANDIC])
    assert isinstance(refusal(content, tmp_path), GreenlandLayout)


def test_an_unknown_record_in_the_stream_form(tmp_path: Path) -> None:
    content = extract(simple_person(), form=Form.STREAM)
    at = content.index(b"008" + ANNA.encode())
    refused = refusal(content[:at] + b"077" + content[at + 3 :], tmp_path)
    assert isinstance(refused, UnknownRecord)
    assert (refused.line, refused.offset) == (5, at)


def test_a_line_without_end(tmp_path: Path) -> None:
    refused = refusal(extract(simple_person())[:300] + b"x" * (3 << 20), tmp_path)
    assert isinstance(refused, NotACprFile)


def test_a_file_that_is_not_there_is_no_refusal(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nothing")
