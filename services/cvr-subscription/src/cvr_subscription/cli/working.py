"""Commands about subscriptions, synchronisation and comparison."""

import datetime as dt
from typing import Annotated

import typer
from pydantic import BaseModel
from registerbro.presentation import FAILED
from registerbro.registers.step_views import StepOut, show_steps
from registerbro.terminal import Json, print_json, show, table

from cvr_subscription import drift, showing, synchronising
from cvr_subscription.cli.common import do
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.subscriptions import Row, State
from cvr_subscription.synchronising import Outcome, Reason, Synchronisation
from cvr_subscription.views import (
    DriftOut,
    DriftsOut,
    FollowingOut,
    SubscriptionOut,
    SummaryOut,
    SynchronisationOut,
)
from cvr_subscription.worker import rows_of

app = typer.Typer()
PAGE = 1000
ContactIds = Annotated[
    list[int] | None, typer.Argument(min=1, help="Contacts' ids; none: all that failed.", show_default=False)
]


class Status(BaseModel):
    """How everything stands."""

    subscriptions: SummaryOut
    synchronisation: FollowingOut


@app.command()
def status(as_json: Json = False) -> None:
    """Show how many are subscribed, and how far events were read."""

    async def work(subscriber: Subscriber) -> Status:
        return Status(
            subscriptions=await showing.summary(subscriber),
            synchronisation=await showing.followed(subscriber.pool),
        )

    found = do(work)
    if as_json:
        print_json(found)
        return
    facts = {
        **found.subscriptions.model_dump(mode="json", exclude={"failures"}),
        **found.subscriptions.failures,
        **found.synchronisation.model_dump(mode="json", exclude={"latest"}),
    }
    typer.echo(table(("fact", "value"), [(name.replace("_", " "), value) for name, value in facts.items()]))
    typer.echo("\n" + _synchronisations(found.synchronisation.latest))


@app.command()
def subscriptions(
    state: Annotated[State | None, typer.Option(help="Only of this state.")] = None,
    failing: Annotated[
        bool | None,
        typer.Option("--failing/--not-failing", help="Only those whose last attempt failed, or did not."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what is subscribed, to be subscribed or to be cancelled, by contact."""

    async def work(subscriber: Subscriber) -> list[Row]:
        rows, found = rows_of(subscriber), list[Row]()
        while page := await rows.page(
            subscriber.pool,
            state=state,
            is_failing=failing,
            after=found[-1].contact_id if found else 0,
            size=PAGE,
        ):
            found += page
        return found

    views = [SubscriptionOut.of(row) for row in do(work)]
    cells = [
        (each.contact_id, each.state, each.object_id, each.attempts, each.failure, each.due_at)
        for each in views
    ]
    show(views, as_json, ("contact", "state", "object", "failed", "last failure", "next try"), cells)


@app.command()
def retry(contact_ids: ContactIds = None) -> None:
    """Let what failed be tried at once by the service."""

    async def work(subscriber: Subscriber) -> int:
        async with subscriber.pool.acquire() as connection, connection.transaction():
            return await rows_of(subscriber).try_again(
                connection, contact_ids or None, dt.datetime.now(dt.UTC)
            )

    typer.echo(f"{do(work)} are tried again")


@app.command()
def synchronise(
    full: Annotated[
        bool, typer.Option("--full", help="Queue an update of every contact, with a new token.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read events now, and queue an update of each contact that they concern."""

    async def work(subscriber: Subscriber) -> Synchronisation:
        return await synchronising.synchronise(subscriber, reason=Reason.ASKED, full=full)

    made = SynchronisationOut.of(do(work))
    if as_json:
        print_json(made)
    else:
        typer.echo(_synchronisations([made]))
    if made.outcome is not Outcome.DONE:
        raise typer.Exit(FAILED)


@app.command("drift")
def compare(
    now: Annotated[
        bool, typer.Option("--now", help="Compare now; else the latest reports are shown.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="How many, chosen at random; else as set.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All contacts.")] = False,
    queue: Annotated[
        bool | None,
        typer.Option("--queue/--no-queue", help="Whether contacts that differ are updated; else as set."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare contacts with the register, or show what the latest comparisons found."""

    async def work(subscriber: Subscriber) -> DriftsOut:
        if now:
            wish = subscriber.settings.drift
            size = None if everything else sample or wish.sample
            is_queueing = wish.is_queueing if queue is None else queue
            made = await drift.compare(subscriber, sample=size, is_queueing=is_queueing)
            return DriftsOut(is_under_way=False, latest=[DriftOut.of(made)])
        return await showing.drifts(subscriber.pool)

    found = do(work)
    if as_json:
        print_json(found)
        return
    headings = ("begun", "all", "compared", "differing", "missed", "unknown", "failed", "queued", "in")
    cells = [
        (
            f"{each.started_at:%Y-%m-%d %H:%M}",
            each.is_complete,
            each.compared,
            each.differing,
            each.missed,
            each.unknown,
            each.failed,
            each.queued,
            ", ".join(f"{group} {count}" for group, count in each.groups.items()) or each.failure,
        )
        for each in found.latest
    ]
    typer.echo(table(headings, cells))


@app.command("test")
def try_connection(as_json: Json = False) -> None:
    """Test the way to the provider step by step, up to a sample call."""

    async def work(subscriber: Subscriber) -> list[StepOut]:
        return [StepOut.of(step) async for step in subscriber.provider.steps()]

    show_steps(do(work), as_json)


def _synchronisations(made: list[SynchronisationOut]) -> str:
    headings = ("run", "kind", "reason", "begun", "outcome", "events", "queued", "later")
    cells = [
        (
            each.run_id,
            each.kind,
            each.reason,
            f"{each.started_at:%Y-%m-%d %H:%M}",
            each.failure or each.outcome or "under way",
            each.events,
            each.queued,
            each.postponed,
        )
        for each in made
    ]
    return table(headings, cells)
