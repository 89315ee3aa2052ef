"""Commands about subscriptions: begin, end, what waits, who is never subscribed, cases, the policy."""

import datetime as dt
from typing import Annotated

import typer
from registerbro.presentation import BAD_USE, FAILED
from registerbro.subscriptions import never
from registerbro.subscriptions.asking import LAST_ID
from registerbro.subscriptions.never import NeverAdded, NeverEntry
from registerbro.subscriptions.policy import RunState
from registerbro.terminal import Json, print_json, show, table

from cpr_direct import known, policy, subscribing
from cpr_direct.attempts import Waiting
from cpr_direct.cli.common import (
    COMMAND_LINE,
    WAITS,
    CaseOption,
    Refused,
    Why,
    caller,
    do,
    end,
    number,
    refuse_arguments,
    why,
)
from cpr_direct.direct import Direct
from cpr_direct.errors import NotImported
from cpr_direct.subscribing import Changed, ChangeOutcome
from cpr_direct.views.never import NeverAddedOut, NeverEntryOut
from cpr_direct.views.policy import ChangeOut, FiguresOut, PlanOut
from cpr_direct.views.subscriptions import ChangedOut, WaitingOut

app = typer.Typer()
never_app = typer.Typer(help="The numbers that are never subscribed.", no_args_is_help=True)
policy_app = typer.Typer(help="The rule that says who is to be subscribed.", no_args_is_help=True)
app.add_typer(never_app, name="never")
app.add_typer(policy_app, name="policy")
Contacts = Annotated[
    list[int] | None,
    typer.Option("--contact", min=1, help="A contact's id in the store, in place of a number; several."),
]
PAGE = 1000


@app.command()
def subscribe(
    refused: Refused = None,
    contacts: Contacts = None,
    purpose: Why = "",
    case: CaseOption = None,
    as_json: Json = False,
) -> None:
    """Subscribe a person who was imported; the number is asked for, or read from standard input.

    Exit code 4: the wish is stored, CPR could not be told yet.
    """
    _change(refused, contacts, purpose, case, as_json, wanted=True)


@app.command()
def unsubscribe(
    refused: Refused = None,
    contacts: Contacts = None,
    purpose: Why = "",
    case: CaseOption = None,
    as_json: Json = False,
) -> None:
    """End a person's subscription. Exit code 4: the wish is stored, CPR could not be told yet."""
    _change(refused, contacts, purpose, case, as_json, wanted=False)


@app.command()
def waiting(as_json: Json = False) -> None:
    """List the wishes that CPR has not been told of, and what stood in the way."""

    async def work(direct: Direct) -> list[Waiting]:
        found: list[Waiting] = []
        while page := await subscribing.waiting(
            direct, after=found[-1].contact_id if found else 0, size=PAGE
        ):
            found += page
        return found

    views = [WaitingOut.of(each) for each in do(work)]
    rows = [
        (
            each.contact_id,
            "subscribe" if each.wanted else "unsubscribe",
            each.attempts,
            each.failure,
            each.next_try_at,
        )
        for each in views
    ]
    show(views, as_json, ("contact", "wish", "failed", "last failure", "next try"), rows)


def _change(
    refused: list[str] | None,
    contacts: list[int] | None,
    purpose: str,
    case: str | None,
    as_json: bool,
    *,
    wanted: bool,
) -> None:
    who = None if contacts else number(refused)
    if contacts:
        refuse_arguments(refused)
    reason = why(purpose, case)
    action = "subscribe-person" if wanted else "unsubscribe-person"

    async def work(direct: Direct) -> list[Changed]:
        ids = list(contacts or ())
        await direct.auditor.asked(caller(), action, reason, number=who, contact_ids=ids)
        if who is not None:
            found = await known.find(direct.pool, who)
            if found is None:
                raise NotImported
            ids = [found.contact_id]
        return await subscribing.change(direct, ids, wanted=wanted, by=COMMAND_LINE)

    changed = [ChangedOut.of(each) for each in do(work)]
    rows = [(each.contact_id, each.outcome, each.failure.detail if each.failure else "") for each in changed]
    show(changed, as_json, ("contact", "outcome", "reason"), rows)
    if any(each.outcome is ChangeOutcome.WAITS for each in changed):
        raise typer.Exit(WAITS)
    if not all(each.outcome in (ChangeOutcome.DONE, ChangeOutcome.ALREADY) for each in changed):
        raise typer.Exit(FAILED)


@never_app.command("list")
def list_never(as_json: Json = False) -> None:
    """List them, newest first, numbers masked."""

    async def work(direct: Direct) -> list[NeverEntry]:
        found: list[NeverEntry] = []
        while page := await never.page(
            direct.pool, below=found[-1].entry_id if found else LAST_ID, size=PAGE
        ):
            found += page
        return found

    views = [NeverEntryOut.of(each) for each in do(work)]
    rows = [tuple(each.model_dump().values()) for each in views]
    show(views, as_json, ("entry", "number", "contact", "reason", "added", "by"), rows)


@never_app.command("add")
def add_never(
    refused: Refused = None,
    reason: Annotated[str, typer.Option(help="Why; no personal data.")] = "",
    as_json: Json = False,
) -> None:
    """List a number, asked for or read from standard input. Who is subscribed by it is unsubscribed."""
    who = number(refused)
    if not reason.strip() or len(reason) > 500:
        end("give a --reason of 1 to 500 characters", BAD_USE)

    async def work(direct: Direct) -> NeverAdded:
        async with direct.pool.acquire() as connection, connection.transaction():
            return await never.add(connection, who, reason=reason, by=COMMAND_LINE)

    added = do(work)
    if as_json:
        print_json(NeverAddedOut.of(added))
        return
    typer.echo(
        f"entry {added.entry_id}{'' if added.is_new else ' was there already'}; subscriptions to end: {len(added.ended)}"
    )


@never_app.command("remove")
def remove_never(entry: Annotated[int, typer.Argument(min=1, help="As the list shows it.")]) -> None:
    """Take a number off the list; nobody is subscribed by that alone."""
    if not do(lambda direct: never.remove(direct.pool, entry)):
        end(f"there is no entry {entry}", FAILED)
    typer.echo(f"entry {entry} is removed")


@policy_app.command("show")
def show_policy(as_json: Json = False) -> None:
    """Show the rule's settings, and its latest runs."""
    found = do(policy.show)
    if as_json:
        print_json(found)
        return
    facts = found.model_dump(exclude={"latest"})
    typer.echo(table(("setting", "value"), list(facts.items())))
    rows = [
        (each.danish_date, each.outcome or "under way", each.details.get("state"), each.attempts)
        for each in found.latest
    ]
    typer.echo("\n" + table(("date", "outcome", "state", "attempts"), rows))


@policy_app.command("plan")
def plan_policy(
    day: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The Danish day of the run; today if not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show who would be subscribed or unsubscribed, and why. Nothing is changed."""
    date = day.date() if day else None

    async def work(direct: Direct) -> PlanOut:
        made = await policy.plan(direct, date, after=0, size=PAGE)
        items: list[ChangeOut] = list(made.items)
        cursor = made.next
        while cursor:
            page = await policy.plan(direct, date, after=int(cursor), size=PAGE)
            items += page.items
            cursor = page.next
        return made.model_copy(update={"items": items, "next": None})

    plan = do(work)
    rows = [
        (each.contact_id, "subscribe" if each.wanted else "unsubscribe", each.text) for each in plan.items
    ]
    show(plan, as_json, ("contact", "wish", "reason"), rows)
    if not as_json:
        typer.echo(_figures_text(plan.figures))


@policy_app.command("run")
def run_policy(
    approved: Annotated[
        bool, typer.Option("--approved", help="Also where it ends more subscriptions than pass unasked.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the rule now. Exit code 4: it would end too many subscriptions and changed nothing; see --approved."""
    done = do(lambda direct: policy.run(direct, by=COMMAND_LINE, is_approved=approved))
    show(done, as_json, ("outcome", "contacts"), sorted(done.counts.items()))
    if not as_json:
        typer.echo(_figures_text(done.figures))
    if done.state is RunState.HELD:
        raise typer.Exit(WAITS)


def _figures_text(figures: FiguresOut) -> str:
    held = "; that is too many without an approval" if figures.is_too_much else ""
    return f"{figures.begins} begin, {figures.ends} of {figures.subscriptions} end (up to {figures.most} pass unasked){held}"
