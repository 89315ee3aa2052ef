"""Tables of commands: a line for each row where a program reads them, and no wider than the terminal where a person does."""

import io

import pytest
from registerbro.terminal import table

LONG = "no authority that we know vouches for the certificate of the register, which is therefore not trusted"
ROWS = [("encryption", False, LONG), ("sample-call", None, "")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_row_is_one_line_where_a_program_reads() -> None:
    heading, failed, not_tried = table(("step", "ok", "reason"), ROWS).splitlines()
    assert (heading, not_tried) == ("step         ok  reason", "sample-call")
    assert failed == f"encryption   no  {LONG}"


def test_a_long_text_goes_on_below_itself_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "60")
    _, *lines, _ = table(("step", "ok", "reason"), ROWS).splitlines()
    assert max(map(len, lines)) <= 60
    assert len(lines) > 1
    assert " ".join(line[17:] for line in lines) == LONG
    assert {line[:17].strip() for line in lines[1:]} == {""}


def test_no_rows_are_said() -> None:
    assert table(("step",), []) == "nothing"
