"""What consumers gave up: shown, delivered again, discarded."""

from typing import Annotated, Self, TypeAlias

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from registerbro.api import Acting, Before, Page, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.bus import dead_letters
from registerbro.bus.dead_letters import UNDECIDED, State, Which
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.service import CurrentService

from console.api.events import TYPE
from console.audit.fields import Note, Text
from console.bodies import Request
from console.events import letters
from console.events.errors import PROBLEMS, LetterNotOpen, LetterUnknown
from console.events.letters import MOST
from console.events.views import LetterDetails, LetterOut, ManyOut, whole_type

LETTERS = "/events/dead-letters"
LETTER = f"{LETTERS}/{{dead_letter_id}}"
SCOPES: Scopes = dict.fromkeys(
    (
        ("GET", LETTERS),
        ("POST", f"{LETTERS}/replay"),
        ("POST", f"{LETTERS}/discard"),
        ("GET", LETTER),
        ("POST", f"{LETTER}/replay"),
        ("POST", f"{LETTER}/discard"),
    ),
    Scope.EVENTS_REPLAY,
)
CONSUMER = r"^[a-z][a-z0-9.-]{0,99}$"
UNKNOWN = PROBLEMS.of(LetterUnknown)
CLOSED = PROBLEMS.of(LetterUnknown, LetterNotOpen)
Id: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=LAST_ID), Whole]
ThisLetter: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")]
CHOICES = ("ids", "consumer", "type", "reason_contains")  # one of them is needed
router = APIRouter()


def _given(name: str) -> JsonDict:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


class Discarding(Request):
    """Why a message is given up for good."""

    reason: Note


class Chosen(Request):
    """Those that wait for a decision, as far as they fit all that is said here."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given(name) for name in CHOICES]})

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=MOST)
    consumer: Annotated[str, Field(pattern=CONSUMER)] | None = None
    type: Annotated[str, Field(pattern=TYPE, description="as contact.updated, or whole")] | None = None
    reason_contains: Text | None = None
    limit: Annotated[
        int, Field(strict=True, ge=1, le=MOST, description="how many at most, the oldest first"), Whole
    ] = MOST

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.which() == dead_letters.ALL:
            raise ValueError(f"say which: by {', '.join(CHOICES)}")
        return self

    def which(self) -> Which:
        """As the store takes it."""
        kind = whole_type(self.type) if self.type else None
        return Which(self.ids, self.consumer, kind, self.reason_contains)

    def outcome(self, count: int) -> ManyOut:
        """What to tell of it."""
        return ManyOut(count=count, is_all=count < self.limit)


class DiscardMany(Discarding):
    """Which ones, and why."""

    which: Chosen


@router.get(LETTERS)
async def list_dead_letters(
    service: CurrentService,
    consumer: Annotated[str | None, Query(pattern=CONSUMER, description="who gave it up")] = None,
    type_: Annotated[
        str | None, Query(alias="type", pattern=TYPE, description="as contact.updated, or whole")
    ] = None,
    reason: Annotated[Text | None, Query(description="a part of the reason")] = None,
    state: Annotated[
        list[State] | None, Query(description="several; if left out, those that nobody has dealt with")
    ] = None,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[LetterOut]:
    """Messages that were given up, newest first, without the messages themselves."""
    which = Which(None, consumer, whole_type(type_) if type_ else None, reason)
    async with service.pool.acquire() as connection:
        rows = await dead_letters.find(connection, which, states=state or UNDECIDED, below=after, page=size)
    found = [LetterOut.of(each) for each in rows]
    return Page[LetterOut].cut(found, size, found[-1].dead_letter_id if found else "")


@router.post(f"{LETTERS}/replay", status_code=202)
async def replay_many(request: Chosen, service: CurrentService, acting: Acting) -> ManyOut:
    """Has many delivered again, each to the consumer that gave it up."""
    async with service.pool.acquire() as connection:
        count = await dead_letters.request_replays(connection, request.which(), by=acting, most=request.limit)
    return request.outcome(count)


@router.post(f"{LETTERS}/discard")
async def discard_many(request: DiscardMany, service: CurrentService, acting: Acting) -> ManyOut:
    """Closes many for good; what somebody asked to have replayed is left alone."""
    which = request.which
    async with service.pool.acquire() as connection:
        count = await dead_letters.discard_many(
            connection, which.which(), request.reason, by=acting, most=which.limit
        )
    return which.outcome(count)


@router.get(LETTER, responses=responses(*UNKNOWN))
async def show_dead_letter(dead_letter_id: ThisLetter, service: CurrentService) -> LetterDetails:
    """One of them, with the event if it is one of ours."""
    async with service.pool.acquire() as connection:
        return LetterDetails.of(await letters.get(connection, dead_letter_id))


@router.post(f"{LETTER}/replay", status_code=202, responses=responses(*CLOSED))
async def replay(dead_letter_id: ThisLetter, service: CurrentService, acting: Acting) -> LetterOut:
    """Has it delivered again to the consumer that gave it up, and to no other."""
    return LetterOut.of(await letters.replay(service.pool, dead_letter_id, by=acting))


@router.post(f"{LETTER}/discard", responses=responses(*CLOSED))
async def discard(
    dead_letter_id: ThisLetter, request: Discarding, service: CurrentService, acting: Acting
) -> LetterOut:
    """Closes it for good, with the reason."""
    return LetterOut.of(await letters.discard(service.pool, dead_letter_id, request.reason, by=acting))
