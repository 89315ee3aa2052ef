"""Logs as operators get them: JSON lines, masked, from our own code and from libraries, tracebacks included."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from registerbro.settings import LogSettings
from registerbro.telemetry import HANDLER, configure_logging


@pytest.fixture
def configured(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Logging to the captured standard error; afterwards as the other tests have it."""
    configure_logging(LogSettings(level="info", form="json"), service="demo")
    yield
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if handler.name == HANDLER]:
        root.removeHandler(handler)
    root.setLevel("DEBUG")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.usefixtures("configured")
def test_facts_are_fields_and_masked(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("demo").info("person imported", contact_id=2504611234, note="født 250461-1234")
    (line,) = lines(capsys)
    assert line.pop("timestamp")
    assert line == {
        "service": "demo",
        "event": "person imported",
        "level": "info",
        "logger": "demo",
        "contact_id": 2504611234,
        "note": "født 250461-xxxx",
    }


@pytest.mark.usefixtures("configured")
def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("library").warning("row %s of %d", "2504611234", 7)
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["service"]) == ("row 250461-xxxx of 7", "warning", "demo")


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("log", [logging.getLogger("library"), structlog.get_logger("demo")])
def test_tracebacks_are_masked_and_show_no_locals(
    capsys: pytest.CaptureFixture[str], log: logging.Logger
) -> None:
    number = "250461" + "1234"
    token = "secret-" + "token"
    try:
        try:
            raise KeyError(number)
        except KeyError as error:
            raise ValueError(f"no person {number}") from error
    except ValueError:
        log.exception("lookup failed")
    text = capsys.readouterr().err
    (line,) = [json.loads(part) for part in text.splitlines()]
    assert "ValueError: no person 250461-xxxx" in line["exception"]
    assert "KeyError: '250461-xxxx'" in line["exception"]
    assert number not in text
    assert token not in text


@pytest.mark.usefixtures("configured")
def test_level_and_context(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.get_logger("demo")
    log.debug("not shown")
    with structlog.contextvars.bound_contextvars(run="17"):
        log.info("shown")
    assert [(line["event"], line["run"]) for line in lines(capsys)] == [("shown", "17")]


def test_text_for_a_terminal(capsys: pytest.CaptureFixture[str], configured: None) -> None:
    configure_logging(LogSettings(form="text"), service="demo")
    try:
        raise ValueError("2504611234")
    except ValueError:
        structlog.get_logger("demo").exception("lookup failed", person="250461-1234")
    text = capsys.readouterr().err
    assert "lookup failed" in text
    assert "250461-xxxx" in text
    assert "1234" not in text
