"""Commands for the log of important actions, and for the deletion of old files."""

import asyncio
import datetime as dt
import sys
import uuid
from typing import Annotated

import orjson
import typer
from registerbro.ids import LAST_ID
from registerbro.jobs import DENMARK
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, show

from cpr_batch import human_log, journal_entries, purge
from cpr_batch.batch import Batch
from cpr_batch.cli.common import do, end
from cpr_batch.journal_entries import Action, Entry, Wanted
from cpr_batch.purge import Purged
from cpr_batch.views.journal import JournalEntry
from cpr_batch.views.purges import PurgedFile, PurgeResult

PAUSE_SECONDS = 1.0
PAGE = 1000
app = typer.Typer()


@app.command()
def log(
    file: Annotated[str | None, typer.Option(help="Only of this file.")] = None,
    run: Annotated[uuid.UUID | None, typer.Option(help="Only of this run.")] = None,
    action: Annotated[Action | None, typer.Option(help="Only such actions.")] = None,
    since: Annotated[dt.datetime | None, typer.Option(help="Not before this Danish time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=PAGE, help="The latest so many.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """Show the latest important actions, oldest first: who did what, with which file, and how it ended."""
    wanted = Wanted(file, run, action, since and since.replace(tzinfo=since.tzinfo or DENMARK))

    async def work(batch: Batch) -> None:
        found = (await journal_entries.newest(batch.pool, wanted, before=LAST_ID, size=limit))[::-1]
        last = 0
        while True:
            for entry in found:
                _print(entry, as_json)
                last = entry.journal_id
            if not follow:
                return
            sys.stdout.flush()
            await asyncio.sleep(PAUSE_SECONDS)
            found = await journal_entries.following(batch.pool, wanted, after=last, size=PAGE)

    do(work)


@app.command("purge")
def purge_(
    older_than: Annotated[
        int, typer.Option("--older-than", min=1, max=36_500, metavar="DAYS", help="Days since the import.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete imported files from the interim directory by age, with their error logs. Files that wait are never deleted."""
    age = dt.timedelta(days=older_than)

    async def planned(batch: Batch) -> list[Purged]:
        return await purge.due(batch, age)

    async def done(batch: Batch) -> list[Purged]:
        return await purge.purge(batch, age)

    if dry_run or not yes:
        found = do(planned)
        if not as_json or dry_run:
            _show(found, as_json, is_dry_run=True)
        if dry_run or not found:
            return
        if not sys.stdin.isatty():
            end("nobody can be asked here: say --yes, or --dry-run", BAD_USE)
        typer.confirm(f"Delete {len(found)} files?", abort=True)
    _show(do(done), as_json, is_dry_run=False)


def _show(found: list[Purged], as_json: bool, *, is_dry_run: bool) -> None:
    view = PurgeResult(is_dry_run=is_dry_run, files=[PurgedFile.of(each) for each in found])
    rows = [(f.local_name, f.size_bytes, f"{f.imported_at:%Y-%m-%d}", " ".join(f.also)) for f in view.files]
    show(
        view, as_json, ("would be deleted" if is_dry_run else "deleted", "bytes", "imported", "with it"), rows
    )


def _print(entry: Entry, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(JournalEntry.of(entry).model_dump(mode="json")).decode())
    else:
        typer.echo(human_log.line(entry))
