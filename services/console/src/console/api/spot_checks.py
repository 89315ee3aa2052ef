"""Spot checks of the audit log: draw a sample, give verdicts, close."""

import datetime as dt
import uuid
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import Field, model_validator
from registerbro.api import Acting, Before, Page, Size, Whole
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService

from console.audit import spot_checks
from console.audit.errors import (
    PROBLEMS,
    NotDrawn,
    SpotCheckClosed,
    SpotCheckEmpty,
    SpotCheckTooLarge,
    SpotCheckUnfinished,
    SpotCheckUnknown,
)
from console.audit.fields import Day, Note, Text
from console.audit.inquiries import LONGEST_PERIOD
from console.audit.spot_checks import MOST, Lottery, Verdict
from console.audit.views import SpotCheckDetails, SpotCheckOut
from console.bodies import Purposeful, Request
from console.oauth2.refusals import NOT_STORED

CHECKS = "/audit/spot-checks"
CHECK = f"{CHECKS}/{{check_id}}"
VERDICT = f"{CHECK}/verdicts/{{audit_id}}"
CLOSE = f"{CHECK}/close"
SCOPES: Scopes = dict.fromkeys(
    (("GET", CHECKS), ("POST", CHECKS), ("GET", CHECK), ("PUT", VERDICT), ("POST", CLOSE)), Scope.AUDIT_READ
)
ThisCheck: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")]
router = APIRouter()


class NewSpotCheck(Purposeful):
    """What is drawn: so many accesses of some days, in all or of each user."""

    first_day: Day = Field(description="of the log; its days are those of UTC")
    last_day: Day = Field(description="included; it must be over, so that the sample can be drawn again")
    size: Annotated[
        int, Field(strict=True, ge=1, le=MOST, description="how many; with per_user of each user"), Whole
    ]
    client: Text | None = None
    acting_user: Text | None = None
    per_user: bool = Field(
        default=False, strict=True, description=f"so many of each user; {MOST} in all at most"
    )
    seed: Annotated[
        int | None,
        Field(strict=True, ge=0, le=LAST_ID, description="that of another check draws its accesses again"),
        Whole,
    ] = None

    @model_validator(mode="after")
    def _over(self) -> "NewSpotCheck":
        if not dt.timedelta(0) <= self.last_day - self.first_day < LONGEST_PERIOD:
            raise ValueError(f"the days must be in this order and {LONGEST_PERIOD.days} at most")
        if self.last_day >= dt.datetime.now(dt.UTC).date():
            raise ValueError("last_day must be over")
        return self

    def lottery(self) -> Lottery:
        """As it is drawn."""
        said = self.model_dump(exclude={"purpose", "case_reference", "seed"})
        return Lottery(**said) if self.seed is None else Lottery(**said, seed=self.seed)


class Judgement(Request):
    """What a reviewer says of an access."""

    verdict: Verdict
    note: Note | None = None


class Closing(Request):
    """What came of the check."""

    conclusion: Note | None = None


@router.post(
    CHECKS,
    status_code=201,
    responses=responses(AuditUnavailable, *PROBLEMS.of(SpotCheckEmpty, SpotCheckTooLarge)),
)
async def draw_sample(
    request: NewSpotCheck, service: CurrentService, caller: CurrentCaller, response: Response
) -> SpotCheckDetails:
    """Draws accesses at random, each as likely as any other, and keeps them for a review."""
    response.headers.update(NOT_STORED)
    found = await spot_checks.begin(service.pool, service.audit, caller, request.lottery(), request.why())
    return SpotCheckDetails.with_items(*found)


@router.get(CHECKS)
async def list_spot_checks(
    service: CurrentService,
    is_open: Annotated[bool, Query(alias="open", description="only those that are not closed")] = True,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[SpotCheckOut]:
    """Spot checks, newest first, and how far each has come."""
    rows = await spot_checks.page(service.pool, is_open=is_open, before=after, size=size)
    found = [SpotCheckOut.of(each) for each in rows]
    return Page[SpotCheckOut].cut(found, size, found[-1].check_id if found else "")


@router.get(CHECK, responses=responses(*PROBLEMS.of(SpotCheckUnknown)))
async def show_spot_check(
    check_id: ThisCheck, service: CurrentService, response: Response
) -> SpotCheckDetails:
    """A spot check with its accesses and their verdicts."""
    response.headers.update(NOT_STORED)
    return SpotCheckDetails.with_items(*await spot_checks.get(service.pool, check_id))


@router.put(VERDICT, responses=responses(*PROBLEMS.of(SpotCheckUnknown, NotDrawn, SpotCheckClosed)))
async def give_verdict(
    check_id: ThisCheck,
    audit_id: Annotated[uuid.UUID, Path(description="one of the accesses that were drawn")],
    request: Judgement,
    service: CurrentService,
    acting: Acting,
) -> SpotCheckOut:
    """Says of an access that it is fine or must be looked into, in place of what was said before."""
    return SpotCheckOut.of(
        await spot_checks.judge(service.pool, check_id, audit_id, request.verdict, request.note, by=acting)
    )


@router.post(CLOSE, responses=responses(*PROBLEMS.of(SpotCheckUnknown, SpotCheckClosed, SpotCheckUnfinished)))
async def close_spot_check(
    check_id: ThisCheck,
    service: CurrentService,
    acting: Acting,
    request: Annotated[Closing, Body()] = Closing(),  # noqa: B008
) -> SpotCheckOut:
    """Ends a check, once every access has a verdict; nothing of it can be changed afterwards."""
    return SpotCheckOut.of(await spot_checks.close(service.pool, check_id, request.conclusion, by=acting))
