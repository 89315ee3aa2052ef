"""The report that a person can ask for: who has looked at their data, when, what for; not which employee."""

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Sequence

from registerbro.audit import Access, Auditor, Purpose, RegisterNumber
from registerbro.auth import Caller
from registerbro.privacy import mask

REPORT = "subject-report"
WHAT = ("accesses",)
COLUMNS = (
    "at", "client", "organisation", "service", "action", "stages", "fields", "purpose", "case_reference", "break_glass_reason",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one (OWASP, CSV injection)


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """Whom a report is about: by CPR number, or by contact."""

    number: RegisterNumber | None = None
    contact_id: int | None = None


async def report(auditor: Auditor, caller: Caller, subject: Subject, purpose: Purpose) -> list[Access]:
    """All accesses to the person's data, oldest first; making the report is recorded as one that the next report shows.

    Raises ``AuditUnavailable``.
    """
    contact_ids = [] if subject.contact_id is None else [subject.contact_id]
    inquiry = await auditor.asked(caller, REPORT, purpose, number=subject.number, contact_ids=contact_ids)
    accesses = await auditor.accesses(number=subject.number, contact_ids=contact_ids, but=inquiry)
    await auditor.delivered(inquiry, contact_ids=contact_ids, fields=WHAT)
    return accesses


def as_csv(accesses: Sequence[Access]) -> str:
    """The report as CSV (RFC 4180), UTF-8, with a heading; lists are separated by blanks, times are UTC."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in _cells(access)] for access in accesses)
    return text.getvalue()


def _cells(access: Access) -> tuple[str | None, ...]:
    return (
        access.at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        access.client,
        access.client_name,
        access.service,
        access.action,
        " ".join(access.stages),
        " ".join(access.fields),
        access.purpose,
        None if access.case_reference is None else mask(access.case_reference),
        access.break_glass_reason,
    )


def _harmless(cell: str | None) -> str | None:
    return f"'{cell}" if cell and cell.startswith(FORMULA) else cell
