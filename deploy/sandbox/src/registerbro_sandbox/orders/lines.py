"""The lines of input files, read as CPR reads them: 80 characters, the key first.

Positions from the description of the upload (keys 01, 06, 07); written from that description alone, so that it checks
whoever writes such lines. Error numbers and texts are the sandbox's: CPR's own are not public.
"""

import enum
from typing import NamedTuple

from registerbro.cpr.numbers import CprNumber

LENGTH = 80
SHORT_REQUISITION = 33  # key 07 without its blank end, as some customers send it


class Kind(enum.Enum):
    """What a line asks for."""

    SUBSCRIBE = enum.auto()
    UNSUBSCRIBE = enum.auto()
    REQUISITION = enum.auto()
    STATUS = enum.auto()


class Order(NamedTuple):
    """A line that was understood."""

    kind: Kind
    number: str
    key_constant: str
    task: str | None = None  # None: the customer's subscription


class Rejected(Exception):
    """A line that CPR answers with a record 910."""

    def __init__(self, error_number: int, text: str) -> None:
        super().__init__(text)
        self.error_number = error_number
        self.text = text


_SUBSCRIPTIONS = {"OP": Kind.SUBSCRIBE, "SL": Kind.UNSUBSCRIBE}


def read_line(line: str, customer: str) -> Order:
    """What a customer's line asks for; ``Rejected`` says what is wrong with it."""
    match line[:2]:
        case "06":
            order = _subscription(line, customer)
        case "07":
            order = _of_task(line, customer, Kind.REQUISITION)
        case "01":
            order = _of_task(line, customer, Kind.STATUS)
        case _:
            raise Rejected(1, "Ukendt nøgle")
    if len(line) != LENGTH and not (line[:2] == "07" and len(line) == SHORT_REQUISITION):
        raise Rejected(2, "Linjen er ikke på 80 tegn")
    return order


def _subscription(line: str, customer: str) -> Order:
    """1-2 key, 3-6 customer, 7-8 zeros, 9-10 what to do, 11-20 number, 21-35 key constant, the rest blank."""
    if line[2:6] != customer:
        raise Rejected(3, "Ukendt kundenummer")
    kind = _SUBSCRIPTIONS.get(line[8:10])
    if line[6:8] != "00" or kind is None:
        raise Rejected(4, "Ukendt funktion")
    _expect_blank(line[35:])
    return Order(kind, _number(line[10:20]), line[20:35].rstrip())


def _of_task(line: str, customer: str, kind: Kind) -> Order:
    """1-2 key, 3-8 task, 9-18 number, 19-33 key constant, the rest blank."""
    task = line[2:8]
    if not (task.isascii() and task.isdigit() and len(task) == len("NNNNNN")) or task[:4] != customer:
        raise Rejected(5, "Ukendt opgavenummer")
    _expect_blank(line[33:])
    return Order(kind, _number(line[8:18]), line[18:33].rstrip(), task)


def _number(digits: str) -> str:
    try:
        CprNumber.parse(digits)
    except ValueError:
        raise Rejected(6, "Personnummer ikke gyldigt") from None
    return digits


def _expect_blank(text: str) -> None:
    if text.strip(" "):
        raise Rejected(7, "Linjens slutning skal være blank")
