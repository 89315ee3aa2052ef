"""Commands for the files in the interim directory."""

from typing import Annotated

import typer
from registerbro.terminal import Json, show

from cpr_batch import all_imports, files, imports
from cpr_batch.batch import Batch
from cpr_batch.cli.common import All, InitialLoad, do, is_for_all
from cpr_batch.cli.ending import end_with, show_imported
from cpr_batch.contact_log import contact_log
from cpr_batch.errors import LocalFileUnknown
from cpr_batch.imports import Imported
from cpr_batch.terminal import progress_shown
from cpr_batch.views.files import ContactImportView, LocalFileView, ProblemView

LAST_FILE = 10**18 - 1
app = typer.Typer()


@app.command()
def local(as_json: Json = False) -> None:
    """List the files that wait in the interim directory."""
    found = [LocalFileView.of(*each) for each in do(imports.local_files)]
    rows = [(file.name, file.size_bytes, file.state or "new", file.refusal) for file in found]
    show(found, as_json, ("name", "bytes", "state", "reason"), rows)


@app.command("import")
def import_(
    name: Annotated[str | None, typer.Argument(help="As in the interim directory.")] = None,
    every: All = False,
    initial_load: InitialLoad = False,
    as_json: Json = False,
) -> None:
    """Import one file of the interim directory, or all that wait, in any order."""
    takes_all = is_for_all(name, every)

    async def work(batch: Batch) -> list[Imported]:
        with progress_shown() as progress:
            if takes_all:
                return await all_imports.import_all(batch, initial_load=initial_load, progress=progress)
            return [await imports.import_file(batch, str(name), initial_load=initial_load, progress=progress)]

    done = do(work)
    show_imported(done, as_json)
    end_with((), done)


@app.command()
def person(
    contact_id: Annotated[int, typer.Argument(min=1, help="The contact's id in the contact store.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many files.")] = 100,
    as_json: Json = False,
) -> None:
    """Show what the imports say of one person, newest file first."""

    async def work(batch: Batch) -> list[ContactImportView]:
        return await contact_log(batch.pool, contact_id, after=(LAST_FILE, 0), size=limit)

    found = do(work)
    rows = [
        (each.name, each.production_date, each.contact_id, each.outcome, ", ".join(each.groups), _wrong(each))
        for each in found
    ]
    show(found, as_json, ("file", "produced", "contact", "outcome", "groups", "problems"), rows)


def _wrong(entry: ContactImportView) -> str:
    return "; ".join(f"{each.severity}, line {each.line}: {each.reason}" for each in entry.problems)


@app.command()
def problems(
    file: Annotated[str, typer.Argument(help="Name of the file, before or after its import.")],
    as_json: Json = False,
) -> None:
    """Show the rejected records and remarks of a file."""

    async def work(batch: Batch) -> list[ProblemView]:
        stored = await files.by_name(batch.pool, file)
        if stored is None:
            raise LocalFileUnknown(file)
        return [ProblemView.of(row) async for row in files.problems(batch.pool, stored.file_id)]

    found = do(work)
    columns = ("severity", "line", "byte_offset", "record_type", "field", "reason")
    show(found, as_json, columns, [tuple(getattr(each, name) for name in columns) for each in found])
