"""Puts the orders that wait into the input file of a day: from then on its name and its bytes are fixed."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.orders import CREATE, OrderLine, file_name, write_lines
from registerbro.database import Connection
from registerbro.jobs import DENMARK

from cpr_batch.batch import Batch
from cpr_batch.orders.model import SQL, InputFile, OrderKind
from cpr_batch.settings import OrderSettings

NO_NUMBER = "the contact has no CPR number any more"
TWICE = "another order of the same person stands in the file"


def run_date(now: dt.datetime, deadline: dt.time) -> dt.date:
    """The day on which CPR runs a file that is uploaded now: the Danish day, or the next one after the deadline."""
    danish = now.astimezone(DENMARK)
    return danish.date() + dt.timedelta(days=danish.time() >= deadline)


async def write(
    connection: Connection, batch: Batch, settings: OrderSettings, day: dt.date
) -> InputFile | None:
    """The day's file with all orders that wait; None if the day has one already, or nothing waits."""
    if await SQL.file_of_day(connection, task_number=settings.task_number, run_date=day):
        return None
    lines = await _lines(connection, batch, settings)
    if not lines:
        return None
    content = write_lines(line for _, line in lines)
    row = await SQL.add_file(
        connection,
        name=file_name(day, settings.task_number),
        task_number=settings.task_number,
        run_date=day,
        lines=len(lines),
        sha256=hashlib.sha256(content).digest(),
        content=content,
        written_at=batch.now(),
        written_by=batch.by,
    )
    file = InputFile.of(row)
    await SQL.put_into_file(
        connection,
        order_ids=[order_id for order_id, _ in lines],
        numbers=[line.number.value for _, line in lines],
        input_file_id=file.input_file_id,
    )
    return file


async def _lines(
    connection: Connection, batch: Batch, settings: OrderSettings
) -> list[tuple[int, OrderLine]]:
    """A line for each order; those that can have none are withdrawn."""
    lines: dict[tuple[str, OrderKind], tuple[int, OrderLine]] = {}
    left_out: dict[str, list[int]] = {NO_NUMBER: [], TWICE: []}
    async for row in SQL.lines_to_write(connection):
        key = (row["name_code"], OrderKind(row["kind"]))
        if row["name_code"] is None or key in lines:
            left_out[NO_NUMBER if row["name_code"] is None else TWICE].append(row["order_id"])
        else:
            lines[key] = (row["order_id"], _line(row, settings))
    for reason, order_ids in left_out.items():
        await SQL.withdraw_waiting(connection, order_ids=order_ids, reason=reason, now=batch.now())
    return list(lines.values())


def _line(row: Mapping[str, Any], settings: OrderSettings) -> OrderLine:
    kind = OrderKind(row["kind"])
    line = OrderLine(kind.key, CprNumber(row["name_code"]), row["key_constant"])
    match kind:
        case OrderKind.SUBSCRIBE:
            return dataclasses.replace(line, customer_number=settings.customer_number, operation=CREATE)
        case OrderKind.UNSUBSCRIBE:
            return dataclasses.replace(
                line, customer_number=settings.customer_number, operation=settings.deletion_code
            )
        case OrderKind.STATUS_LIST:
            return dataclasses.replace(line, task_number=settings.status_task_number or settings.task_number)
        case OrderKind.REQUISITION:
            return dataclasses.replace(line, task_number=settings.task_number)
