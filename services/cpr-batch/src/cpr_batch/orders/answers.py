"""What CPR's files say of our orders: 099 that a subscription was made or data delivered, 997 that one ended, 910 an error.

Answers are told apart by the key constant alone. They may come in any order of files, late, or twice: what is confirmed
stays so. Constants of others are no business of ours.
"""

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Iterable, Iterator, Sequence

from registerbro.contacts.model import Result
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.mapping import EVENTS, SUBSCRIBED
from registerbro.cpr.reader import FileSummary, PersonRecords, Problem, Severity, SubscriptionEnded
from registerbro.cpr.refusals import InputRejected
from registerbro.database import Connection

from cpr_batch import files, journal
from cpr_batch.batch import Batch
from cpr_batch.files import StoredFile
from cpr_batch.journal import Action
from cpr_batch.orders.constants import LETTERS, PRODUCT, is_ours
from cpr_batch.orders.model import SQL, OrderKind, OrderState

_EVENT = LAYOUTS[EVENTS].field("event").slice
_OF_EVENT = LAYOUTS[EVENTS].field("key_constant").slice
_OF_RECEIPT = LAYOUTS["997"].field("key_constant").slice
_ANYWHERE = re.compile(f"{PRODUCT}[{LETTERS}]{{13}}")


class Said(enum.Enum):
    """What an answer says; the value: of which kinds of order it can be."""

    SUBSCRIBED = (OrderKind.SUBSCRIBE,)
    DELIVERED = (OrderKind.REQUISITION, OrderKind.STATUS_LIST)
    ENDED = (OrderKind.UNSUBSCRIBE,)
    REJECTED = tuple(OrderKind)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the order with this key constant; number and text are CPR's, of an error."""

    said: Said
    key_constant: str
    line: int | None
    record_type: str
    error_number: str | None = None
    error_text: str | None = None

    @property
    def state(self) -> OrderState:
        """What becomes of the order."""
        return OrderState.REJECTED if self.said is Said.REJECTED else OrderState.CONFIRMED


def of_item(item: PersonRecords | SubscriptionEnded) -> Iterator[Answer]:
    """The answers among a person's events, or in a receipt."""
    if isinstance(item, SubscriptionEnded):
        if constant := item.record.text[_OF_RECEIPT].strip():
            yield Answer(Said.ENDED, constant, item.record.line, "997")
        return
    for record in item.records:
        if record.type == EVENTS and (constant := record.text[_OF_EVENT].strip()):
            said = Said.SUBSCRIBED if record.text[_EVENT] == SUBSCRIBED else Said.DELIVERED
            yield Answer(said, constant, record.line, EVENTS)


def of_problems(problems: Iterable[Problem]) -> Iterator[Answer]:
    """The answers among the errors that CPR tells of our lines."""
    for problem in problems:
        if isinstance(problem, InputRejected) and (found := _ANYWHERE.search(problem.input)):
            yield Answer(
                Said.REJECTED, found[0], problem.line, "910", problem.error_number, problem.error_text
            )


async def answered(connection: Connection, file_id: int, answers: Sequence[Answer], now: dt.datetime) -> None:
    """Takes a file's answers, in the transaction of what else the file says; one to an unknown order is a remark."""
    if not answers:
        return
    mark = await SQL.mark(connection)
    ours = [answer for answer in answers if is_ours(answer.key_constant, mark)]
    ours.sort(key=lambda answer: answer.said is Said.REJECTED)
    first = {answer.key_constant: answer for answer in reversed(ours)}
    rows = SQL.answered(
        connection,
        key_constants=list(first),
        kinds=[" ".join(answer.said.value) for answer in first.values()],
        outcomes=[str(answer.state) for answer in first.values()],
        error_numbers=[answer.error_number for answer in first.values()],
        error_texts=[answer.error_text for answer in first.values()],
        file_id=file_id,
        now=now,
    )
    known = {row["key_constant"] async for row in rows}
    await files.add_problems(
        connection, file_id, [_remark(answer) for answer in ours if answer.key_constant not in known]
    )


async def delivered(
    connection: Connection, batch: Batch, file_id: int, summary: FileSummary, results: Sequence[Result]
) -> None:
    """A status extract holds no key constants: whoever it delivers answers the order that was run before it."""
    orders = batch.settings.orders
    if orders is None or orders.status_task_number != summary.task_number:
        return
    await SQL.delivered(
        connection,
        contact_ids=[result.contact_id for result in results if result.contact_id is not None],
        produced=summary.production_date,
        file_id=file_id,
        now=batch.now(),
    )


async def note(batch: Batch, file: StoredFile) -> None:
    """Puts into the journal what a file answered."""
    counts = {row["state"]: row["orders"] async for row in SQL.answered_by(batch.pool, file_id=file.file_id)}
    if counts:
        await journal.note(batch, Action.ANSWERED, file=file.name, **counts)


def _remark(answer: Answer) -> Problem:
    reason = "an answer to an order that is not known here"
    return Problem(Severity.REMARK, answer.line, None, answer.record_type, "key_constant", reason)
