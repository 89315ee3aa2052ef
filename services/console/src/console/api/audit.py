"""Looks into the audit log: a search, and the report for a person. By POST, because a number may stand in the body."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response
from pydantic import ConfigDict, Field, model_validator
from registerbro.api import Page, Whole
from registerbro.audit import Purpose, Stage
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.cpr.numbers import CprNumber
from registerbro.problems import AuditUnavailable, responses
from registerbro.purposes import CaseReference, CprText, Why
from registerbro.service import CurrentService
from registerbro.settings import AuditSettings

from console.audit import fields, inquiries, reporting
from console.audit.fields import After, AnyNumber, ContactId, Moment, NameType, Text
from console.audit.inquiries import LONGEST_PERIOD, USUAL_PERIOD, Position, Search
from console.audit.reporting import Subject
from console.audit.views import InquiryOut, ReportOut
from console.bodies import Purposeful, Request
from console.oauth2.refusals import NOT_STORED
from console.purposes import PurposeRequired

SEARCH, REPORT = "/audit/search", "/audit/subject-report"
SCOPES: Scopes = {("POST", SEARCH): Scope.AUDIT_READ, ("POST", REPORT): Scope.AUDIT_READ}
CSV = "text/csv"
MOST_CONTACTS = 100
router = APIRouter()


class Where(Request):
    """Which accesses; what is left out does not matter."""

    model_config = ConfigDict(populate_by_name=True)

    number: AnyNumber | None = Field(
        default=None, description="asked for by this number; or in the answer, by contact_ids", repr=False
    )
    name_type: NameType = Field(default="C", description="the number's kind: CPR, CVR (J) or P-number (V)")
    contact_ids: list[ContactId] = Field(default=[], max_length=MOST_CONTACTS)
    client: Text | None = None
    acting_user: Text | None = None
    service: Text | None = None
    action: Text | None = None
    stage: Stage | None = Field(default=None, description="those that came so far")
    purpose_contains: Text | None = Field(default=None, description="in any case of letters")
    case_reference: Text | None = None
    only_broken_glass: bool = Field(default=False, strict=True)
    since: Moment | None = Field(default=None, alias="from", description="30 days before `to`, if left out")
    until: Moment | None = Field(default=None, alias="to", description="now, if left out; not included")

    @model_validator(mode="after")
    def _sensible(self) -> "Where":
        if self.number is not None:
            fields.number(self.name_type, self.number)
        since, until = self.period()
        if not dt.timedelta(0) < until - since <= LONGEST_PERIOD:
            raise ValueError(
                f"from and to must be in this order and at most {LONGEST_PERIOD.days} days apart"
            )
        return self

    def period(self) -> tuple[dt.datetime, dt.datetime]:
        """The time that is searched."""
        until = self.until or dt.datetime.now(dt.UTC)
        return self.since or until - USUAL_PERIOD, until

    def search(self) -> Search:
        """As the log takes it."""
        since, until = self.period()
        own = self.model_dump(exclude={"number", "name_type", "contact_ids", "since", "until"})
        number = None if self.number is None else fields.number(self.name_type, self.number)
        return Search(since, until, number=number, contact_ids=tuple(self.contact_ids), **own)


class AuditSearch(Request):
    """A search of the audit log; it is recorded there itself."""

    purpose: Why | None = Field(
        default=None, description="why; required where a number or contacts are named"
    )
    case_reference: CaseReference | None = Field(default=None, description="the case that the search is for")
    where: Where = Where()
    after: After | None = None
    limit: Annotated[
        int, Field(strict=True, ge=1, le=1000, description="accesses in the answer at most"), Whole
    ] = 100

    def why(self) -> Purpose | None:
        """As the log keeps it."""
        if self.purpose is None:
            return None
        return Purpose(purpose=self.purpose, case_reference=self.case_reference)


class OfNumber(Purposeful):
    """A report about the person with a CPR number, current or former."""

    number: CprText = Field(repr=False)

    def subject(self) -> Subject:
        """As the log takes it."""
        return Subject(number=CprNumber.parse(self.number))


class OfContact(Purposeful):
    """A report about a contact."""

    contact_id: ContactId

    def subject(self) -> Subject:
        """As the log takes it."""
        return Subject(contact_id=self.contact_id)


@router.post(SEARCH, responses=responses(AuditUnavailable, PurposeRequired))
async def search_log(
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    request: Annotated[AuditSearch, Body()] = AuditSearch(),  # noqa: B008
) -> Page[InquiryOut]:
    """Who looked at whom, when and why, newest first. Of `number` and `contact_ids` one that fits is enough."""
    response.headers.update(NOT_STORED)
    found = await inquiries.search(
        service.pool, service.audit, caller, request.where.search(), request.why(),
        before=None if request.after is None else Position.parse(request.after), size=request.limit,
    )  # fmt: skip
    shown = [InquiryOut.of(each) for each in found]
    return Page[InquiryOut].cut(shown, request.limit, found[-1].position if found else "")


AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "as JSON, or as CSV if asked for"}
}


@router.post(
    REPORT,
    response_model=ReportOut,
    responses={**AS_CSV, **responses(AuditUnavailable)},
)
async def report_accesses(
    request: OfNumber | OfContact,
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    accept: Annotated[str, Header(description="`text/csv` for CSV")] = "application/json",
) -> Any:
    """Who has looked at one person's data, when, what for: for the person, so without the employees' names.

    Covers current and former numbers, contacts that were merged into the person's, and hit lists that the person is in.
    """
    accesses = await reporting.report(service.audit, caller, request.subject(), request.why())
    if _wants_csv(accept.split(",")):
        return Response(reporting.as_csv(accesses), media_type=f"{CSV}; charset=utf-8", headers=NOT_STORED)
    response.headers.update(NOT_STORED)
    kept = await service.in_force.of(AuditSettings)
    return ReportOut.of(accesses, retention_days=kept.retention_days)


def _wants_csv(accepted: Sequence[str]) -> bool:
    return any(each.partition(";")[0].strip().lower() == CSV for each in accepted)
