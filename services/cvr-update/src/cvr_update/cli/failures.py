"""Commands about updates that failed."""

from typing import Annotated

import typer
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show

from cvr_update import contacts, running
from cvr_update.cli.common import Contacts, do, end
from cvr_update.contacts import Imported
from cvr_update.updates import Updates
from cvr_update.views import LastUpdateOut, RetriedOut

app = typer.Typer()
PAGE = 1000


@app.command()
def failures(as_json: Json = False) -> None:
    """List contacts whose last update failed, and why; those without a next try were given up."""

    async def work(updates: Updates) -> list[Imported]:
        found: list[Imported] = []
        while page := await contacts.failures(
            updates.pool, after=found[-1].contact_id if found else 0, size=PAGE
        ):
            found += page
        return found

    views = [LastUpdateOut.of(each) for each in do(work)]
    rows = [
        (
            each.contact_id,
            each.reason,
            each.attempts,
            each.next_try.isoformat(timespec="seconds") if each.next_try else "given up",
            each.failure,
        )
        for each in views
    ]
    show(views, as_json, ("contact", "reason", "attempts", "next try (UTC)", "failure"), rows)


@app.command()
def retry(
    contact_ids: Contacts = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed updates.")] = False,
    as_json: Json = False,
) -> None:
    """Begin failed updates anew; the running services work on them at once."""
    if everything == bool(contact_ids):
        end("give either --contact or --all", BAD_USE)

    async def work(updates: Updates) -> list[int]:
        return await running.retry(updates, contact_ids)

    told = RetriedOut.of(do(work))
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{told.count} begin anew")
