"""Commands about events: what was sent, and what consumers gave up."""

import datetime as dt
from typing import Annotated

import orjson
import typer
from registerbro.bus import dead_letters, sent
from registerbro.bus.dead_letters import UNDECIDED, DeadLetter, State, Which
from registerbro.bus.sent import Sent, SentFilter
from registerbro.database import Pool
from registerbro.ids import LAST_ID
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show, table

from console.cli.common import caller, end
from console.cli.store import Limit, Since, Until, on_store, utc
from console.events import letters
from console.events.letters import MOST
from console.events.views import EventOut, LetterDetails, LetterOut, ManyOut, short_type, whole_type

app = typer.Typer()
group = typer.Typer(help="What went over the bus.", no_args_is_help=True)
dead = typer.Typer(help="Messages that consumers gave up.", no_args_is_help=True)
app.add_typer(group, name="events")
group.add_typer(dead, name="dead-letters")
Ids = Annotated[list[int] | None, typer.Argument(min=1, max=LAST_ID, help="As the list names them.")]
Consumer = Annotated[str | None, typer.Option(help="Who gave it up.")]
Type = Annotated[str | None, typer.Option("--type", help="As contact.updated.")]
Contains = Annotated[
    str | None, typer.Option("--contains", help="Part of the reason that it was given up for.")
]
Most = Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many at most, the oldest first.")]


@group.command("list")
def list_events(
    kind: Type = None,
    contact: Annotated[
        int | None, typer.Option(min=1, max=LAST_ID, help="The contact that it tells of.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List what was sent, newest first."""
    end_of = utc(until) or dt.datetime.now(dt.UTC)
    asked = SentFilter(utc(since), end_of, short_type(kind) if kind else None, contact)

    async def work(pool: Pool) -> list[Sent]:
        async with pool.acquire() as connection:
            return await sent.find(connection, asked, size=limit)

    views = [EventOut.of(each) for each in on_store(work)]
    rows = [(each.time, short_type(each.type), each.contact_id, each.state, each.event_id) for each in views]
    show(views, as_json, ("time", "type", "contact", "state", "id"), rows)


@dead.command("list")
def list_letters(
    consumer: Consumer = None,
    kind: Type = None,
    contains: Contains = None,
    states: Annotated[
        list[State] | None,
        typer.Option("--state", help="Several; if left out, those that nobody has dealt with."),
    ] = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List what was given up, newest first."""
    which = _which(None, consumer, kind, contains)

    async def work(pool: Pool) -> list[DeadLetter]:
        async with pool.acquire() as connection:
            return await dead_letters.find(connection, which, states=states or UNDECIDED, page=limit)

    _show([LetterOut.of(each) for each in on_store(work)], as_json)


@dead.command("show")
def show_letter(
    dead_letter_id: Annotated[int, typer.Argument(min=1, max=LAST_ID, help="As the list names it.")],
    as_json: Json = False,
) -> None:
    """Show one, with the event if it is one of ours."""

    async def work(pool: Pool) -> DeadLetter:
        async with pool.acquire() as connection:
            return await letters.get(connection, dead_letter_id)

    view = LetterDetails.of(on_store(work))
    if as_json:
        print_json(view)
        return
    facts = view.model_dump(exclude={"event"}, exclude_none=True)
    rows = [(name.replace("_", " "), value) for name, value in facts.items()]
    shown = orjson.dumps(view.event).decode() if view.event else "not shown: it is no event of ours"
    typer.echo(table(("fact", "value"), [*rows, ("event", shown)]))


@dead.command()
def replay(
    ids: Ids = None,
    consumer: Consumer = None,
    kind: Type = None,
    contains: Contains = None,
    limit: Most = MOST,
    as_json: Json = False,
) -> None:
    """Have those delivered again that wait for a decision, each to the consumer that gave it up."""
    which = _chosen(ids, consumer, kind, contains)

    async def work(pool: Pool) -> int:
        async with pool.acquire() as connection:
            return await dead_letters.request_replays(connection, which, by=caller().name, most=limit)

    _show_many(on_store(work), limit, "are delivered again", as_json)


@dead.command()
def discard(
    reason: Annotated[str, typer.Option(help="Why; kept with them. No personal data.")],
    ids: Ids = None,
    consumer: Consumer = None,
    kind: Type = None,
    contains: Contains = None,
    limit: Most = MOST,
    as_json: Json = False,
) -> None:
    """Close those for good that wait for a decision."""
    which = _chosen(ids, consumer, kind, contains)
    if not reason.strip() or len(reason) > MOST:
        end(f"give a --reason of 1 to {MOST} characters; it is kept", BAD_USE)

    async def work(pool: Pool) -> int:
        async with pool.acquire() as connection:
            return await dead_letters.discard_many(connection, which, reason, by=caller().name, most=limit)

    _show_many(on_store(work), limit, "are discarded", as_json)


def _which(ids: list[int] | None, consumer: str | None, kind: str | None, contains: str | None) -> Which:
    return Which(ids or None, consumer, whole_type(kind) if kind else None, contains)


def _chosen(ids: list[int] | None, consumer: str | None, kind: str | None, contains: str | None) -> Which:
    which = _which(ids, consumer, kind, contains)
    if which == dead_letters.ALL:
        end("say which: by ids, --consumer, --type or --contains", BAD_USE)
    return which


def _show(views: list[LetterOut], as_json: bool) -> None:
    rows = [
        (
            each.dead_letter_id,
            each.arrived_at,
            each.consumer,
            short_type(each.type or "-"),
            each.attempts,
            each.state,
            each.reason,
        )
        for each in views
    ]
    show(views, as_json, ("id", "arrived", "consumer", "type", "attempts", "state", "reason"), rows)


def _show_many(count: int, limit: int, what: str, as_json: bool) -> None:
    done = ManyOut(count=count, is_all=count < limit)
    if as_json:
        print_json(done)
        return
    typer.echo(f"{count} {what}" + ("" if done.is_all else "; more may match"))
