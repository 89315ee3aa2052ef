"""Orders to CPR, and the input files that carry them."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from cpr_batch.orders.asking import Asked, AskOutcome
from cpr_batch.orders.model import InputFile, InputFileState, Order, OrderKind, OrderState
from cpr_batch.orders.preview import PreviewedFile
from cpr_batch.orders.uploading import Upload, UploadOutcome
from cpr_batch.views.common import Counts


class OrderView(BaseModel):
    """An order: what is asked of CPR for which contact, and how it stands."""

    order_id: int
    kind: OrderKind
    contact_id: int = Field(
        description="the contact as it is now, also where the one that was asked for was merged into it"
    )
    key_constant: str = Field(description="what CPR sends back with its answer; says nothing of the person")
    state: OrderState
    is_overdue: bool = Field(description="uploaded, and not answered in the time that is set")
    from_wish: bool = Field(description="made of the contact's wish, and withdrawn if that turns around")
    gap_id: int | None = Field(description="the gap that it answers")
    requested_at: dt.datetime
    requested_by: str
    input_file: str | None
    run_date: dt.date | None = Field(description="Danish day on which CPR runs the file")
    answer_due_at: dt.datetime | None
    answered_at: dt.datetime | None
    answer_number: str | None = Field(description="CPR's error number")
    answer_text: str | None = Field(
        description="CPR's error text without personal numbers, or why it was withdrawn"
    )
    answer_file_id: int | None = Field(description="the file that held the answer")

    @classmethod
    def of(cls, order: Order) -> Self:
        """From the database."""
        return cls(**{name: getattr(order, name) for name in cls.model_fields})


class AskedView(BaseModel):
    """What became of one contact that was asked for."""

    contact_id: int
    outcome: AskOutcome
    order_id: int | None = Field(
        default=None, description="the new order, or the one that is open already; absent if there is neither"
    )


class OrdersTaken(BaseModel):
    """What became of a request for orders."""

    counts: Counts = Field(
        description="contacts by outcome; of wishes: new orders by kind, and how many were withdrawn"
    )
    contacts: list[AskedView] = Field(description="each contact that was named, in its order; none of wishes")

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Self:
        """From the outcomes of named contacts."""
        views = [
            AskedView(contact_id=each.contact_id, outcome=each.outcome, order_id=each.order_id)
            for each in asked
        ]
        return cls(counts=Counter(str(each.outcome) for each in asked), contacts=views)


class InputFileView(BaseModel):
    """An input file: orders in the form that CPR takes."""

    input_file_id: int
    name: str
    task_number: str
    run_date: dt.date = Field(description="Danish day on which CPR runs it")
    lines: int
    sha256: str
    state: InputFileState
    written_at: dt.datetime
    written_by: str
    uploaded_at: dt.datetime | None
    failure: str | None = Field(description="why the last attempt to upload it failed")

    @classmethod
    def of(cls, file: InputFile) -> Self:
        """From the database."""
        columns = {name: getattr(file, name) for name in cls.model_fields if name != "sha256"}
        return cls(**columns, sha256=file.sha256.hex())


class UploadView(BaseModel):
    """What an upload did."""

    outcome: UploadOutcome
    files: list[InputFileView]
    waiting: int = Field(description="orders that go into a later file, one a day")

    @classmethod
    def of(cls, done: Upload) -> Self:
        """From the upload."""
        return cls(
            outcome=done.outcome, files=[InputFileView.of(each) for each in done.files], waiting=done.waiting
        )


class PreviewView(BaseModel):
    """A file that an upload would send."""

    name: str
    lines: list[str] = Field(description="as they would be sent, personal numbers masked")

    @classmethod
    def of(cls, file: PreviewedFile) -> Self:
        """From the preview."""
        return cls(name=file.name, lines=file.lines)
