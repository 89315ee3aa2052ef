"""What CPR makes of a customer's input files: who comes in which task's next file, receipts (997) and rejections (910)."""

import collections
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

from registerbro_sandbox.orders.lines import Kind, Order, Rejected, read_line
from registerbro_sandbox.persons.person import Row
from registerbro_sandbox.persons.render import record
from registerbro_sandbox.persons.subscriptions import Statement

_ECHOED = 75  # characters of a rejected line that come back
_ENCODING = "iso-8859-1"
_UNKNOWN = Rejected(8, "Personnummer findes ikke")
_RECEIPT_EVENT = "A45"


@dataclasses.dataclass(slots=True)
class Answers:
    """Answers to some input files, for the next deliveries."""

    files: list[str] = dataclasses.field(default_factory=list)
    records: list[str] = dataclasses.field(default_factory=list)  # 910 and 997
    ordered: dict[str, dict[str, list[Row]]] = dataclasses.field(
        default_factory=lambda: collections.defaultdict(dict)
    )  # by task, then by number: the events (099) with which a person comes
    statements: list[Statement] = dataclasses.field(default_factory=list)
    lines: int = 0
    rejected: int = 0


def answer(files: Iterable[Path], task: str, day: dt.date, is_known: Callable[[str], bool]) -> Answers:
    """Read input files of a task's customer and answer every line of them."""
    answers = Answers()
    for path in files:
        answers.files.append(path.name.lower())
        for line in path.read_text(_ENCODING).splitlines():
            if line.strip(" \x1a"):
                _answer_line(answers, line, task, day, is_known)
    return answers


def _answer_line(
    answers: Answers, line: str, task: str, day: dt.date, is_known: Callable[[str], bool]
) -> None:
    answers.lines += 1
    try:
        order = read_line(line, task[:4])
        if not is_known(order.number):
            raise _UNKNOWN
    except Rejected as error:
        answers.rejected += 1
        answers.records.append(_rejection(line, error))
    else:
        _take(answers, order, task, f"{day:%Y%m%d}0630")


def _take(answers: Answers, order: Order, task: str, updated: str) -> None:
    ordered = answers.ordered[order.task or task]
    row = {"updated": updated, "key_constant": order.key_constant}
    match order.kind:
        case Kind.SUBSCRIBE:
            answers.statements.append(Statement(order.number, is_subscribed=True))
            ordered.setdefault(order.number, []).append(row | {"event": "A45"})
        case Kind.UNSUBSCRIBE:
            answers.statements.append(Statement(order.number, is_subscribed=False))
            answers.records.append(record("997", order.number, row | {"event": _RECEIPT_EVENT}))
        case Kind.REQUISITION:
            ordered.setdefault(order.number, []).append(row | {"event": "A74"})
        case Kind.STATUS:
            ordered.setdefault(order.number, [])


def _rejection(line: str, error: Rejected) -> str:
    about = {"input": line[:_ECHOED], "error_number": f"{error.error_number:04}", "error_text": error.text}
    return record("910", "0" * 10, about)
