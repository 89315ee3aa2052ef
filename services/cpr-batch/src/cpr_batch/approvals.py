"""Files that the brake stopped: who is asked, what the answer is, and what follows from it.

An approval belongs to the content of a file: it is asked for once, survives every run, and lets exactly this content in.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from typing import Any, Self

from registerbro.bus import outbox
from registerbro.database import Connection
from registerbro.events import CprApprovalRequested, Event

from cpr_batch import journal, locks
from cpr_batch.batch import Batch
from cpr_batch.brake import SQL, Tally
from cpr_batch.errors import ApprovalDecided, ApprovalUnknown, FileBusy, FileDeclined
from cpr_batch.files import FileState, Store, StoredFile
from cpr_batch.journal import Action
from cpr_batch.runs import Running


class ApprovalState(enum.StrEnum):
    """How an approval stands."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"  # a later attempt passed by itself


@dataclasses.dataclass(frozen=True, slots=True)
class Approval:
    """A question about a file, and its answer. ``most``: so many endings would have passed."""

    approval_id: int
    file_id: int
    run_id: uuid.UUID
    asked_at: dt.datetime
    initial_load: bool
    persons: int
    endings: int
    share: float
    most: int
    state: ApprovalState
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None
    name: str
    local_name: str
    file_state: FileState

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_approval`` and the file's names and state."""
        states = {"state": ApprovalState(row["state"]), "file_state": FileState(row["file_state"])}
        return cls(**{**dict(row), **states})

    @property
    def question(self) -> str:
        """What is asked."""
        return (
            f"it would end or blank {self.endings} of the {self.persons} persons that it can change,"
            f" and {self.most} may be; see approval {self.approval_id}"
        )

    @property
    def is_initial_load(self) -> bool:
        """Whether the file was approved for an initial load: then it is imported as one, whoever imports it."""
        return self.state is ApprovalState.APPROVED and self.initial_load


async def of_file(source: Store, file: StoredFile) -> Approval | None:
    """The approval of a file's content; raises ``FileDeclined`` if somebody declined it."""
    row = await SQL.of_file(source, file_id=file.file_id)
    if row is None:
        return None
    names = {"name": file.name, "local_name": file.local_name, "file_state": file.state}
    found = Approval.of({**dict(row), **names})
    if found.state is ApprovalState.DECLINED:
        raise FileDeclined(file.local_name, declined(found))
    return found


def declined(approval: Approval) -> str:
    """By whom and why."""
    return f"approval {approval.approval_id}, by {approval.decided_by}: {approval.reason}"


async def ask(connection: Connection, file_id: int, run: Running, tally: Tally) -> Approval:
    """Puts the question, with the persons it is about; a new question makes an event. To be called by the file's importer."""
    known = await SQL.of_file(connection, file_id=file_id)
    approval_id: int = await SQL.ask(
        connection,
        file_id=file_id,
        run_id=run.run_id,
        initial_load=run.initial_load,
        persons=tally.persons,
        endings=tally.endings,
        share=tally.settings.share,
        most=tally.most,
    )
    await SQL.forget_persons(connection, approval_id=approval_id)
    await connection.copy_records_to_table(
        "cpr_approval_person",
        records=((approval_id, *each) for each in zip(tally.ordinals, tally.contact_ids, strict=True)),
        columns=("approval_id", "ordinal", "contact_id"),
    )
    if known is None or known["state"] != ApprovalState.ASKED:
        told = CprApprovalRequested(file_id, approval_id, tally.persons, tally.endings)
        await outbox.add(connection, [Event(told)])
    return await load(connection, approval_id)


async def decide(batch: Batch, approval_id: int, *, is_approved: bool, reason: str) -> Approval:
    """Approves or declines; an approved file waits for its import again. Declined files may be approved after all."""
    approval = await load(batch.pool, approval_id)
    state = ApprovalState.APPROVED if is_approved else ApprovalState.DECLINED
    async with locks.hold(batch.pool, locks.IMPORTS, approval.file_id) as is_free:
        if not is_free:
            raise FileBusy(approval.local_name)
        await _decide(batch, approval_id, state, reason)
    action = Action.APPROVED if is_approved else Action.DECLINED
    await journal.note(batch, action, file=approval.local_name, approval_id=approval_id)
    return await load(batch.pool, approval_id)


async def _decide(batch: Batch, approval_id: int, state: ApprovalState, reason: str) -> None:
    async with batch.pool.acquire() as connection, connection.transaction():
        file_id = await SQL.decide(
            connection,
            approval_id=approval_id,
            state=state,
            decided_by=batch.by,
            decided_at=batch.now(),
            reason=reason,
        )
        if file_id is None:
            raise ApprovalDecided(str(approval_id), (await load(connection, approval_id)).state)
        waits = FileState.FETCHED if state is ApprovalState.APPROVED else FileState.DECLINED
        await SQL.let_go(connection, file_id=file_id, state=waits)


async def load(source: Store, approval_id: int) -> Approval:
    """The approval with this id."""
    row = await SQL.by_id(source, approval_id=approval_id)
    if row is None:
        raise ApprovalUnknown(str(approval_id))
    return Approval.of(row)


async def page(source: Store, *, state: ApprovalState | None, before: int, size: int) -> list[Approval]:
    """Approvals, newest first."""
    return [Approval.of(row) async for row in SQL.page(source, state=state, before=before, size=size)]
