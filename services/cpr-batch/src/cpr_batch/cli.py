"""The command ``cpr-batch``: fetches CPR's subscription files and imports them.

Settings come from the environment (``REGISTERBRO_…``) and ``appsettings.json``. Logs go to standard error: warnings only on a
terminal, otherwise everything of importance.

Exit codes: 0 done · 1 failed, one line on standard error says why · 2 wrong use or settings ·
3 done, but a file was refused or failed, or records were rejected: see `cpr-batch problems FILE`
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import orjson
import typer
from pydantic import BaseModel
from registerbro import serving, telemetry
from registerbro.database import open_pool
from registerbro.features import Feature, Features
from registerbro.privacy import scrub
from registerbro.problems import Problem
from registerbro.settings import LogSettings, effective, load_or_exit

from cpr_batch import connect as connecting
from cpr_batch import files, imports, runs, transfer, views, whole_run
from cpr_batch.app import NAME, create_app
from cpr_batch.batch import Batch
from cpr_batch.errors import FAILED, BatchError, LocalFileUnknown, presentation
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.settings import PORT, BatchSettings, CommandSettings
from cpr_batch.terminal import progress_shown, table
from cpr_batch.transfer import TransferOutcome, Transferred

T = TypeVar("T")
REJECTIONS = 3
app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the API answers it.")]
All = Annotated[bool, typer.Option("--all", help="All that wait.")]
InitialLoad = Annotated[
    bool, typer.Option("--initial-load", help="Create contacts that are not there, and mark them subscribed.")
]


@app.command()
def serve() -> None:
    """Run the service: HTTP API, bus and scheduled work."""
    serving.run(create_app(load_or_exit(BatchSettings)), port=PORT)


@app.command()
def config() -> None:
    """Show the settings in force, secrets masked."""
    for name, value in effective(load_or_exit(CommandSettings)):
        typer.echo(f"{name}={value}")


@app.command()
def connect(as_json: Json = False) -> None:
    """Test the connection step by step: name, network, certificate, logon, directories."""
    found = views.ConnectionTest.of(_do(connecting.check))
    marks = {True: "ok", False: "FAILED", None: "-"}
    _show(
        found,
        as_json,
        ("step", "result", "reason"),
        [(step.name, marks[step.is_ok], step.failure.detail if step.failure else "") for step in found.steps],
    )
    if not found.is_ok:
        raise typer.Exit(FAILED)


@app.command("list")
def list_remote(as_json: Json = False) -> None:
    """List the files that wait on the server."""
    found = [views.RemoteFileView.of(file) for file in _do(transfer.remote_files)]
    _show(found, as_json, ("name", "bytes"), [(file.name, file.size_bytes) for file in found])


@app.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="As the server lists it.")] = None,
    every: All = False,
    as_json: Json = False,
) -> None:
    """Fetch one file, or all that wait, into the interim directory."""
    names = None if _is_for_all(name, every) else [str(name)]

    async def work(batch: Batch) -> list[Transferred]:
        with progress_shown() as progress:
            return await transfer.fetch(batch, names, progress=progress)

    done = _do(work)
    _show_transferred(done, as_json)
    _exit(done, ())


@app.command()
def local(as_json: Json = False) -> None:
    """List the files that wait in the interim directory."""
    found = [views.LocalFileView.of(*each) for each in _do(imports.local_files)]
    rows = [(file.name, file.size_bytes, file.state or "new", file.refusal) for file in found]
    _show(found, as_json, ("name", "bytes", "state", "reason"), rows)


@app.command("import")
def import_(
    name: Annotated[str | None, typer.Argument(help="As in the interim directory.")] = None,
    every: All = False,
    initial_load: InitialLoad = False,
    as_json: Json = False,
) -> None:
    """Import one file of the interim directory, or all that wait, in any order."""
    is_for_all = _is_for_all(name, every)

    async def work(batch: Batch) -> list[Imported]:
        with progress_shown() as progress:
            if is_for_all:
                return await imports.import_all(batch, initial_load=initial_load, progress=progress)
            return [await imports.import_file(batch, str(name), initial_load=initial_load, progress=progress)]

    done = _do(work)
    _show_imported(done, as_json)
    _exit((), done)


@app.command()
def run(initial_load: InitialLoad = False, as_json: Json = False) -> None:
    """The whole job, for a scheduler: fetch all, then import all."""

    async def work(batch: Batch) -> whole_run.WholeRun:
        with progress_shown() as progress:
            return await whole_run.fetch_and_import(batch, initial_load=initial_load, progress=progress)

    done = _do(work)
    if as_json:
        _print_json([views.TransferResult.of(each) for each in done.transferred]
                    + [views.ImportResult.of(each) for each in done.imported])  # fmt: skip
    else:
        _show_transferred(done.transferred, as_json=False)
        _show_imported(done.imported, as_json=False)
    if done.transfer_failure is not None:
        _fail(done.transfer_failure)
    _exit(done.transferred, done.imported)


@app.command()
def status(
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
) -> None:
    """Show the latest runs."""

    async def work(batch: Batch) -> list[views.RunView]:
        found = await runs.page(batch.pool, size=limit)
        return [views.RunView.of(run, await runs.parts(batch.pool, run.run_id)) for run in found]

    found = _do(work)
    rows = [_run_row(run) for parent in found for run in (parent, *parent.parts)]
    _show(found, as_json, ("started", "kind", "state", "file", "counts", "failure"), rows)


@app.command()
def problems(
    file: Annotated[str, typer.Argument(help="Name of the file, before or after its import.")],
    as_json: Json = False,
) -> None:
    """Show the rejected records and remarks of a file."""

    async def work(batch: Batch) -> list[views.ProblemView]:
        stored = await files.by_name(batch.pool, file)
        if stored is None:
            raise LocalFileUnknown(file)
        return [views.ProblemView.of(row) async for row in files.problems(batch.pool, stored.file_id)]

    found = _do(work)
    columns = ("severity", "line", "byte_offset", "record_type", "field", "reason")
    _show(found, as_json, columns, [tuple(getattr(each, name) for name in columns) for each in found])


def _do(work: Callable[[Batch], Awaitable[T]]) -> T:
    """Does the work with the store open, or ends the command with the reason."""
    settings = load_or_exit(CommandSettings)
    telemetry.configure_logging(_log_settings(settings.log), service=NAME)

    async def opened() -> T:
        async with open_pool(settings.database.url.get_secret_value(), minimum=0) as pool:
            await Features(pool).require(Feature.CPR)
            return await work(Batch(pool, settings.cpr_batch))

    try:
        return asyncio.run(opened())
    except BatchError as error:
        _fail(error)
    except Problem as error:
        _end(str(error), FAILED)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _end(f"the contact store cannot be used: {scrub(str(error)) or type(error).__name__}", FAILED)


def _log_settings(given: LogSettings) -> LogSettings:
    """On a terminal the table and the bar say it all; a level that was asked for is kept."""
    if sys.stderr.isatty() and "level" not in given.model_fields_set:
        return given.model_copy(update={"level": "error"})
    return given


def _is_for_all(name: str | None, every: bool) -> bool:
    if (name is None) is not every:
        raise typer.BadParameter("give either a name or --all")
    return every


def _exit(transferred: Sequence[Transferred], imported: Sequence[Imported]) -> None:
    """One file that fails alone fails the command; among several it is one of the rejections."""
    failures: list[BatchError | None] = [
        done.failure for done in transferred if done.outcome is TransferOutcome.FAILED
    ]
    failures += [
        done.failure for done in imported if done.outcome is not ImportOutcome.REFUSED and done.failure
    ]
    if len(transferred) + len(imported) == 1 and failures and failures[0] is not None:
        _fail(failures[0])
    if failures or any(_has_rejections(done) for done in imported):
        raise typer.Exit(REJECTIONS)


def _has_rejections(done: Imported) -> bool:
    return done.outcome is ImportOutcome.REFUSED or bool(
        done.outcome is ImportOutcome.IMPORTED and done.counts.get("rejected")
    )


def _show_transferred(done: Sequence[Transferred], as_json: bool) -> None:
    found = [views.TransferResult.of(each) for each in done]
    rows = [(each.name, each.outcome, each.failure.detail if each.failure else "") for each in found]
    _show(found, as_json, ("fetched file", "outcome", "reason"), rows)


def _show_imported(done: Sequence[Imported], as_json: bool) -> None:
    found = [views.ImportResult.of(each) for each in done]
    rows = [
        (
            each.name,
            each.outcome,
            _counts(each.counts),
            each.failure.detail if each.failure else each.error_log,
        )
        for each in found
    ]
    _show(found, as_json, ("imported file", "outcome", "counts", "reason or error log"), rows)


def _run_row(run: views.RunView) -> tuple[Any, ...]:
    indent = "  " if run.parent_id else ""
    started = run.started_at.astimezone().isoformat(" ", "seconds")
    return (f"{indent}{started}", run.kind, run.state, run.file_name, _counts(run.counts), run.failure)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _show(
    found: BaseModel | Sequence[BaseModel],
    as_json: bool,
    headings: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    if as_json:
        _print_json(found)
    else:
        typer.echo(table(headings, rows))


def _print_json(found: BaseModel | Sequence[BaseModel]) -> None:
    plain: Any = (
        found.model_dump(mode="json")
        if isinstance(found, BaseModel)
        else [each.model_dump(mode="json") for each in found]
    )
    typer.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())


def _fail(error: BatchError) -> NoReturn:
    _end(str(error), presentation(error).exit_code)


def _end(reason: str, code: int) -> NoReturn:
    typer.echo(f"{NAME}: {' '.join(reason.split())}", err=True)
    raise typer.Exit(code)
