"""An order, an input file, and how they stand."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import aiosql
from registerbro.cpr.orders import OrderKey

from cpr_batch.batch import Batch
from cpr_batch.errors import OrdersNotConfigured
from cpr_batch.settings import OrderSettings

SQL = aiosql.from_path(Path(__file__).parents[1] / "sql" / "orders.sql", "asyncpg")


class OrderKind(enum.StrEnum):
    """What is asked of CPR."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    REQUISITION = "requisition"  # the person's data once, in the task's next delivery
    STATUS_LIST = "status-list"  # a line of the list for a status extract

    @property
    def key(self) -> OrderKey:
        """The key of its line."""
        return _KEYS[self]

    @property
    def opposite(self) -> "OrderKind | None":
        """What would undo it."""
        return _OPPOSITES.get(self)


_KEYS = {
    OrderKind.SUBSCRIBE: OrderKey.SUBSCRIPTION,
    OrderKind.UNSUBSCRIBE: OrderKey.SUBSCRIPTION,
    OrderKind.REQUISITION: OrderKey.REQUISITION,
    OrderKind.STATUS_LIST: OrderKey.STATUS_LIST,
}
_OPPOSITES = {
    OrderKind.SUBSCRIBE: OrderKind.UNSUBSCRIBE,
    OrderKind.UNSUBSCRIBE: OrderKind.SUBSCRIBE,
}


class OrderState(enum.StrEnum):
    """How an order stands."""

    WAITING = "waiting"  # for the next input file
    WRITTEN = "written"  # in an input file that is not on the server yet
    UPLOADED = "uploaded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class InputFileState(enum.StrEnum):
    """How an input file stands."""

    WRITTEN = "written"
    UPLOADED = "uploaded"
    MISSED = "missed"  # its day passed before the server took it; its orders went into a later one


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """An order; ``contact_id`` is the contact as it is now, also where it was merged into another."""

    order_id: int
    kind: OrderKind
    contact_id: int
    key_constant: str
    state: OrderState
    from_wish: bool
    gap_id: int | None
    requested_at: dt.datetime
    requested_by: str
    input_file_id: int | None
    input_file: str | None
    run_date: dt.date | None
    answer_due_at: dt.datetime | None
    answered_at: dt.datetime | None
    answer_number: str | None
    answer_text: str | None
    answer_file_id: int | None
    is_overdue: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**{**dict(row), "kind": OrderKind(row["kind"]), "state": OrderState(row["state"])})


@dataclasses.dataclass(frozen=True, slots=True)
class InputFile:
    """An input file; ``content`` only until the server has it."""

    input_file_id: int
    name: str
    task_number: str
    run_date: dt.date
    lines: int
    sha256: bytes
    content: bytes | None = dataclasses.field(repr=False)
    state: InputFileState
    written_at: dt.datetime
    written_by: str
    upload_begun_at: dt.datetime | None
    uploaded_at: dt.datetime | None
    failure: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_input_file``."""
        return cls(**{**dict(row), "state": InputFileState(row["state"])})


def settings_of(batch: Batch) -> OrderSettings:
    """What is configured; raises ``OrdersNotConfigured``."""
    if batch.settings.orders is None:
        raise OrdersNotConfigured
    return batch.settings.orders
