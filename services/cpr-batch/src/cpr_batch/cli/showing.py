"""Commands that decode: a file, a person in it, the code lists, the record layouts."""

import datetime as dt
import getpass
import re
import sys
import zoneinfo
from pathlib import Path
from typing import Annotated

import typer
from registerbro import harvesting
from registerbro.audit import Auditor, Purpose
from registerbro.auth.scopes import Caller
from registerbro.configuration.in_force import SettingsInForce
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.layouts.tables import CODE_TABLES
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.presentation import BAD_USE
from registerbro.settings import AuditSettings, load_or_exit
from registerbro.terminal import Json, print_json, show

from cpr_batch import showing
from cpr_batch.batch import Batch
from cpr_batch.cli.common import do, end, fail
from cpr_batch.cli.decoded import CodeShown, LayoutShown, print_file, print_person
from cpr_batch.errors import BatchError, FileNotThere, PersonNotInFile, UnmaskedNotAllowed
from cpr_batch.settings import CommandSettings
from cpr_batch.showing import PersonLook
from cpr_batch.views.showing import FileShown, PersonShown

app = typer.Typer()
DENMARK = zoneinfo.ZoneInfo("Europe/Copenhagen")
SERVICE = "cpr-batch"
ACTION = "show-file"
_LIKE_A_NUMBER = re.compile(r"\d{6}\D?\d{3,}|\d{8,}")


class AuditedSettings(CommandSettings):
    """What showing a person by name needs."""

    audit: AuditSettings


@app.command("show")
def show_file(
    file: Annotated[str, typer.Argument(help="A path, or the name of a file in the interim directory.")],
    person: Annotated[
        str | None,
        typer.Option(
            help="A person's place in the file, from 1; or - to be asked for the CPR number (never write it here)."
        ),
    ] = None,
    contact: Annotated[int | None, typer.Option(min=1, help="The contact with this id in the store.")] = None,
    unmasked: Annotated[
        bool,
        typer.Option(
            "--unmasked", help="With numbers, names and addresses; needs --purpose, and is recorded."
        ),
    ] = False,
    protected: Annotated[
        bool,
        typer.Option("--protected", help="With --unmasked: also of persons with protected name and address."),
    ] = False,
    purpose: Annotated[
        str, typer.Option(help="Why the data are needed, as an official would write it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Decode a file for people: as a whole, or all that it says of one person, field by field; also a damaged one."""
    _check(person, contact, unmasked=unmasked, protected=protected, purpose=purpose)
    try:
        path = _path(file)
        if person is None and contact is None:
            found = FileShown.of(showing.look_at(path))
            if as_json:
                print_json(found)
            else:
                print_file(found)
            return
        shown = (
            do(lambda batch: _from_store(batch, path, person, contact, unmasked, protected, purpose))
            if unmasked or contact is not None
            else _masked(_by_person(path, str(person)))
        )
    except BatchError as error:
        fail(error)
    except OSError as error:
        end(f"{file} cannot be read: {error.strerror}", 1)
    if as_json:
        print_json(shown)
    else:
        print_person(shown)


@app.command()
def codes(
    name: Annotated[
        str | None, typer.Argument(metavar="[LIST]", help="One list; without it all names.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what the register's codes mean, in Danish and English."""
    if name is not None and name not in CODE_TABLES:
        end(f"there is no list {name}; there are {', '.join(CODE_TABLES)}", BAD_USE)
    if name is None and not as_json:
        show([], False, ("list", "codes"), [(each, len(table)) for each, table in CODE_TABLES.items()])
        return
    rows = [
        CodeShown(list=each, code=code, danish=text.danish, english=text.english)
        for each, table in CODE_TABLES.items()
        if name in (None, each)
        for code, text in table.items()
    ]
    show(rows, as_json, ("code", "Danish", "English"), [(row.code, row.danish, row.english) for row in rows])


@app.command()
def records(
    record_type: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="Three digits; without it all types.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the layouts of the records."""
    if record_type is not None and record_type not in LAYOUTS:
        end(f"there is no record type of that name; there are {', '.join(LAYOUTS)}", BAD_USE)
    found = [LayoutShown.of(layout) for kind, layout in LAYOUTS.items() if record_type in (None, kind)]
    if record_type is None:
        rows = [(each.record_type, each.danish, each.english, each.lengths, each.occurs) for each in found]
        show(found, as_json, ("type", "Danish", "English", "length", "occurs"), rows)
    else:
        fields = [
            (field.position, field.name, field.danish, field.kind, field.meaning) for field in found[0].fields
        ]
        show(found[0], as_json, ("position", "name", "Danish name", "kind", "meaning"), fields)


def _check(person: str | None, contact: int | None, *, unmasked: bool, protected: bool, purpose: str) -> None:
    if person is not None and _LIKE_A_NUMBER.search(person):
        end("a CPR number must not stand on the command line, where others can read it: write --person - and type it when asked", BAD_USE)  # fmt: skip
    if (
        person is not None
        and person != "-"
        and not (person.isascii() and person.isdigit() and int(person) > 0)
    ):
        end("--person is a place in the file, from 1, or - to be asked for the number", BAD_USE)
    if person is not None and contact is not None:
        end("give either --person or --contact", BAD_USE)
    if unmasked and person is None and contact is None:
        end("--unmasked is for one person: give --person or --contact", BAD_USE)
    if unmasked and len(purpose.strip()) < 3:
        end("--unmasked needs --purpose, which is recorded", BAD_USE)
    if protected and not unmasked:
        end("--protected goes with --unmasked", BAD_USE)


def _path(file: str) -> Path:
    if Path(file).is_file():
        return Path(file)
    if "/" not in file:
        path = load_or_exit(CommandSettings).cpr_batch.interim_directory / file
        if path.is_file():
            return path
    raise FileNotThere(file)


def _by_person(path: Path, person: str) -> PersonLook:
    if person != "-":
        found = showing.person_at(path, int(person))
    else:
        found = showing.person_with(path, frozenset({_asked_number().value}))
    return _there(found, path)


def _asked_number() -> CprNumber:
    """Typed without being seen, or the first line of standard input."""
    text = getpass.getpass("CPR number: ") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        return CprNumber.parse(text)
    except InvalidCprNumber as error:
        end(str(error), BAD_USE)


def _there(found: PersonLook | None, path: Path) -> PersonLook:
    if found is None:
        raise PersonNotInFile(path.name)
    return found


def _masked(found: PersonLook) -> PersonShown:
    return PersonShown.of(found, dt.datetime.now(DENMARK).date(), unmasked=False, protected=False)


async def _from_store(
    batch: Batch,
    path: Path,
    person: str | None,
    contact: int | None,
    unmasked: bool,
    protected: bool,
    purpose: str,
) -> PersonShown:
    allowed = batch.settings.show
    if unmasked and not allowed.allow_unmasked:
        raise UnmaskedNotAllowed("allow_unmasked")
    if protected and not allowed.allow_protected:
        raise UnmaskedNotAllowed("allow_protected")
    found = _by_person(path, person) if person else _there(await _by_contact(batch, path, contact), path)
    if not unmasked:
        return _masked(found)
    return await _audited(
        batch, found, protected, Purpose(purpose=purpose), () if contact is None else (contact,)
    )


async def _by_contact(batch: Batch, path: Path, contact: int | None) -> PersonLook | None:
    rows = await batch.pool.fetch(
        "select number from contact_number where contact_id = $1 and name_type = 'C'", contact
    )
    return showing.person_with(path, frozenset(row["number"] for row in rows))


async def _audited(
    batch: Batch, found: PersonLook, protected: bool, purpose: Purpose, contact_ids: tuple[int, ...]
) -> PersonShown:
    """The person by name: the question is recorded before anything is decoded, the answer before it is shown."""
    settings = load_or_exit(AuditedSettings)
    limit = harvesting.in_force(SettingsInForce(batch.pool, settings))
    auditor = Auditor(batch.pool, settings.audit.key, SERVICE, limit=limit)
    caller = Caller(client=batch.by, user=getpass.getuser(), scopes=frozenset())
    inquiry = await auditor.asked(caller, ACTION, purpose, number=found.number, contact_ids=contact_ids)
    day = dt.datetime.now(DENMARK).date()
    shown = PersonShown.of(found, day, unmasked=True, protected=protected)
    await auditor.delivered(inquiry, contact_ids=contact_ids, fields=shown.shown_fields)
    return shown
