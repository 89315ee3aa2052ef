"""The command that takes over a former installation's state."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from registerbro.terminal import Json, print_json, table

from cpr_batch.adoption import adopting, subscribed
from cpr_batch.adoption.adopting import Adoption
from cpr_batch.adoption.subscribed import ListTaken
from cpr_batch.batch import Batch
from cpr_batch.cli.common import REJECTIONS, counts, do
from cpr_batch.terminal import progress_shown
from cpr_batch.views.adoption import AdoptionView, ListTakenView

app = typer.Typer()
SHOWN_FAULTS = 20
AsOf = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day on which the subscriptions were as the file says."),
]


@app.command("import-legacy")
def import_legacy(
    file: Annotated[
        Path | None, typer.Argument(help="CSV with the contacts of a former installation.", dir_okay=False)
    ] = None,
    subscribed_list: Annotated[
        Path | None,
        typer.Option(help="Instead: CPR's list of subscribed numbers, one a line.", dir_okay=False),
    ] = None,
    as_of: AsOf = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file; default: UTF-8 if it is, otherwise ISO-8859-1.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="; or , (default: as in the first line).")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take over contacts and subscriptions of a former installation from CSV, or correct them by CPR's list."""
    if (file is None) is (subscribed_list is None):
        raise typer.BadParameter("give either a file or --subscribed-list")
    if delimiter not in (None, ";", ","):
        raise typer.BadParameter("the delimiter is ; or ,")
    day = as_of.date() if as_of else None
    if subscribed_list is not None:
        _take_list(subscribed_list, day, dry_run, as_json)
    elif file is not None:
        _adopt(file, day, encoding, delimiter, dry_run, as_json)


def _adopt(
    path: Path, day: dt.date | None, encoding: str | None, delimiter: str | None, dry_run: bool, as_json: bool
) -> None:
    async def work(batch: Batch) -> Adoption:
        with progress_shown() as progress:
            return await adopting.adopt(
                batch,
                path,
                as_of=day,
                encoding=encoding,
                delimiter=delimiter,
                is_dry_run=dry_run,
                progress=progress,
            )

    done = do(work)
    if as_json:
        print_json(AdoptionView.of(done))
    else:
        _show(done)
    if done.faults:
        raise typer.Exit(REJECTIONS)


def _show(done: Adoption) -> None:
    typer.echo(f"{'would be: ' if done.is_dry_run else ''}{counts(done.counts)}")
    if done.faults:
        rows = [(each.line, each.column, each.value, each.reason) for each in done.faults[:SHOWN_FAULTS]]
        typer.echo(table(("line", "column", "value", "reason"), rows))
        where = f"all in {done.error_file}" if done.error_file else "the list could not be written"
        typer.echo(f"{len(done.faults)} rows not taken over: {where}")


def _take_list(path: Path, day: dt.date | None, dry_run: bool, as_json: bool) -> None:
    async def work(batch: Batch) -> ListTaken:
        return await subscribed.take(batch, path, as_of=day, is_dry_run=dry_run)

    done = do(work)
    if as_json:
        print_json(ListTakenView.of(done))
    else:
        typer.echo(f"{'would be: ' if done.is_dry_run else ''}{counts(done.counts)}")
