"""Input files: what a customer asks of CPR, in lines of 80 characters, ISO-8859-1, CR LF between them, sorted by number.

Positions are 1-based. Where they come from, as far as it is known: key 06 is what a connector in production sends (one
source; the key number is confirmed by the CPR office); key 01 has two sources and a sample; key 07 is sent by the same
connector at 33 characters, and that it is padded to 80 like the others is an assumption. That lines are sorted has one
source, CR LF another. The operation that ends a subscription is not documented anywhere: ``SL`` is assumed.

    OrderFileMalformed    the reader found a line that is none of these; tells the line, never its content
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping

from registerbro.cpr.layouts.field import Field, RecordLayout, digits, number, text
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.cpr.writer import ENCODING, RecordValueError

LINE_LENGTH = 80
LINE_END = "\r\n"
KEY_CONSTANT_LENGTH = 15
CREATE = "OP"
DELETE = "SL"  # assumed
PNR_SUBSCRIPTION = "00"


class OrderKey(enum.StrEnum):
    """The key that a line begins with."""

    STATUS_LIST = "01"
    SUBSCRIPTION = "06"
    REQUISITION = "07"


@dataclasses.dataclass(frozen=True, slots=True)
class OrderLine:
    """One line. ``customer_number`` and ``operation`` belong to key 06, ``task_number`` to the others."""

    key: OrderKey
    number: CprNumber
    key_constant: str
    task_number: str = ""
    customer_number: str = ""
    operation: str = ""


class OrderFileMalformed(ValueError):
    """A line that cannot be read; ``line`` is 1-based."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def _key(meaning: str) -> Field:
    return digits("key", "NGL", 1, 2, meaning)


def _constant(start: int) -> Field:
    return text(
        "key_constant",
        "NGLKONST",
        start,
        KEY_CONSTANT_LENGTH,
        "customer's own key; comes back in 099, 910 and 997",
    )


def _of_a_task(key: OrderKey, danish: str, english: str) -> RecordLayout:
    return RecordLayout(key, danish, english, LINE_LENGTH, fields=(
        _key("the kind of line"),
        digits("task_number", "OPGAVENR", 3, 6, "the task that shall deliver"),
        number("number", "PNR", 9, "whom"),
        _constant(19),
    ))  # fmt: skip


# fmt: off
LINES: Mapping[OrderKey, RecordLayout] = {
    OrderKey.STATUS_LIST: _of_a_task(OrderKey.STATUS_LIST, "Personnummerliste", "list of numbers for a status extract"),
    OrderKey.SUBSCRIPTION: RecordLayout(OrderKey.SUBSCRIPTION, "PNR-abonnement", "subscription of a person", LINE_LENGTH, fields=(
        _key("the kind of line"),
        digits("customer_number", "KUNDENR", 3, 4, "the customer"),
        digits("subscription_kind", "ABONTYPE", 7, 2, "always 00"),
        text("operation", "FUNKTION", 9, 2, "OP creates; the code that deletes is assumed to be SL"),
        number("number", "PNR", 11, "whom"),
        _constant(21),
    )),
    OrderKey.REQUISITION: _of_a_task(OrderKey.REQUISITION, "Rekvisition", "requisition of a person's data"),
}
# fmt: on


def file_name(run_date: dt.date, task_number: str) -> str:
    """The name of the input file that CPR shall run on a day: ``dYYMMDD.iNNNNNN``."""
    return f"d{run_date:%y%m%d}.i{task_number}"


def write_line(line: OrderLine) -> str:
    """The line at its full length; raises ``RecordValueError`` for what it cannot hold."""
    layout = LINES[line.key]
    placed = [" "] * LINE_LENGTH
    for field in layout.fields:
        placed[field.slice] = _written(line.key, field, _value(line, field))
    return "".join(placed)


def read_line(written: str) -> OrderLine:
    """The line that ``write_line`` wrote, trailing blanks or not; raises ``ValueError`` with a reason without content."""
    try:
        layout = LINES[OrderKey(written[:2])]
    except ValueError:
        raise ValueError("it begins with none of the keys 01, 06 and 07") from None
    if len(written) > LINE_LENGTH or written[layout.longest :].strip(" "):
        raise ValueError("something follows the last field")
    values = {field.name: written[field.slice].rstrip(" ") for field in layout.fields}
    if values.pop("subscription_kind", PNR_SUBSCRIPTION) != PNR_SUBSCRIPTION:
        raise ValueError("positions 7-8 are not 00")
    try:
        whom = CprNumber.parse(values.pop("number"))
    except InvalidCprNumber:
        raise ValueError("the personal number is not ten digits") from None
    read = OrderLine(OrderKey(values.pop("key")), whom, **values)
    if write_line(read).rstrip(" ") != written.rstrip(" "):
        raise ValueError("a field is not filled as it should be")
    return read


def write_lines(lines: Iterable[OrderLine]) -> bytes:
    """The content of an input file."""
    ordered = sorted(lines, key=lambda line: (line.number, line.key, line.key_constant))
    return LINE_END.join(map(write_line, ordered)).encode(ENCODING)


def read_lines(content: bytes) -> list[OrderLine]:
    """The lines of an input file; raises ``OrderFileMalformed``."""
    lines = []
    for place, written in enumerate(content.decode(ENCODING).splitlines(), start=1):
        try:
            lines.append(read_line(written))
        except ValueError as error:
            raise OrderFileMalformed(place, str(error)) from None
    return lines


def _value(line: OrderLine, field: Field) -> str:
    match field.name:
        case "number":
            return line.number.value
        case "subscription_kind":
            return PNR_SUBSCRIPTION
        case name:
            return str(getattr(line, name))


def _written(key: OrderKey, field: Field, value: str) -> str:
    if not (value.isascii() and value.isprintable()) or value != value.strip(" "):
        raise RecordValueError(key, field.name, "not plain text")
    is_whole = len(value) == field.length or (field.name == "key_constant" and len(value) < field.length)
    if not is_whole:
        raise RecordValueError(key, field.name, f"not {field.length} characters")
    if field.kind.value == "digits" and not value.isdigit():
        raise RecordValueError(key, field.name, "not digits")
    return value.ljust(field.length)
