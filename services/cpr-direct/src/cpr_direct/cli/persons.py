"""Commands about persons: look up, decode, import."""

import datetime as dt
import sys
from typing import Annotated

import typer
from pydantic import BaseModel
from registerbro.presentation import BAD_USE, FAILED
from registerbro.protection import BreakGlass, clearance
from registerbro.record_views import FieldShown
from registerbro.terminal import Json, print_json, show, table
from rich.console import Console
from rich.progress import track

from cpr_direct import searching
from cpr_direct.cli.common import CaseOption, Refused, Why, caller, do, end, number, numbers, why
from cpr_direct.direct import Direct
from cpr_direct.many import Done, import_one
from cpr_direct.searching import Question
from cpr_direct.views.imports import ManyImportedOut
from cpr_direct.views.person import PersonOut
from cpr_direct.views.records import PersonRecordsOut

app = typer.Typer()
LONGEST_AGE = 10 * 366 * 86_400  # seconds, as over HTTP
WITHHELD = "•••"
MaxAge = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=LONGEST_AGE,
        help="The store may answer for a subscribed person delivered so many seconds ago at most.",
    ),
]
Glass = Annotated[
    str | None,
    typer.Option(
        "--break-glass", help="Why protected name and address must be seen; recorded, and an alert is raised."
    ),
]


@app.command()
def lookup(
    refused: Refused = None,
    purpose: Why = "",
    case: CaseOption = None,
    max_age: MaxAge = None,
    glass: Glass = None,
    records: Annotated[
        bool, typer.Option("--records", help="Every record as CPR delivers it, codes with their texts.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look a person up at CPR. The number is asked for, or read from standard input. Nothing is stored but who asked."""
    question = _question(refused, purpose, case, max_age, glass)
    if records:
        decoded = do(lambda direct: searching.records(direct, question))
        _print(decoded, as_json, _records_text(decoded))
    else:
        person = do(lambda direct: searching.search(direct, question))
        _print(person, as_json, _person_text(person))


@app.command("import")
def import_(
    refused: Refused = None, purpose: Why = "", case: CaseOption = None, as_json: Json = False
) -> None:
    """Import persons as contacts, and subscribe them where the source says so: one typed number, or one a line of standard input.

    Exit code 1 if one of them could not be imported.
    """
    who, reason = numbers(refused), why(purpose, case)

    async def work(direct: Direct) -> list[Done]:
        console = Console(stderr=True)
        places = track(who, "importing", console=console, disable=not sys.stderr.isatty() or len(who) == 1)
        return [await import_one(direct, place, each, caller(), reason) for place, each in enumerate(places)]

    made = ManyImportedOut.of(do(work))
    rows = [
        (each.place + 1, each.outcome, each.contact_id, each.failure.detail if each.failure else "")
        for each in made.items
    ]
    show(made, as_json, ("line", "outcome", "contact", "why not"), rows)
    if "failed" in made.counts:
        raise typer.Exit(FAILED)


def _question(
    refused: list[str] | None, purpose: str, case: str | None, max_age: int | None, glass: str | None
) -> Question:
    who = number(refused)
    if glass is not None and not 10 <= len(glass.strip()) <= 500:
        end("--break-glass takes a reason of 10 to 500 characters", BAD_USE)
    allowed = clearance(caller(), None if glass is None else BreakGlass(reason=glass))
    age = None if max_age is None else dt.timedelta(seconds=max_age)
    return Question(who, caller(), why(purpose, case), allowed, age)


def _print(found: BaseModel, as_json: bool, text: str) -> None:
    if as_json:
        print_json(found)
    else:
        typer.echo(text)


def _person_text(person: PersonOut) -> str:
    hidden = WITHHELD if person.is_withheld else ""
    rows = [
        ("from", "CPR, just now" if person.origin == "register" else f"the store, as of {person.as_of:%Y-%m-%d %H:%M} UTC"),
        ("contact", f"{person.contact_id}{', subscribed' if person.is_subscribed else ''}" if person.contact_id else "not imported"),
        ("number", person.number),
        ("name", hidden or " ".join(filter(None, (person.name1, person.name2)))),
        ("addressing name", hidden or person.text),
        ("protected", "yes, withheld: see --break-glass" if hidden else "yes" if person.is_protected else "no"),
        ("died", person.end_date),
        *((label, ", ".join(values) if values is not None else WITHHELD) for label, values in person.info.items()),
        *((label, ", ".join(each.value for each in values)) for label, values in person.dates.items()),
        *((f"address {each.address_type}", hidden or _address_text(each)) for each in person.addresses),
        *((each.role, each.number or each.name) for each in person.references),
    ]  # fmt: skip
    return table(("", ""), [row for row in rows if row[1]]).lstrip("\n")


def _address_text(address: BaseModel) -> str:
    values = address.model_dump()
    names = ("address1", "address2", "address3", "postcode", "post_district", "country_code")
    since = f", since {values['start_date']}" if values["start_date"] else ""
    return ", ".join(str(values[name]) for name in names if values[name]) + since


def _records_text(found: PersonRecordsOut) -> str:
    parts = [f"produced {found.production_date}" + (", protected" if found.is_protected else "")]
    for record in found.records:
        rows = [(f"  {each.danish}", each.name, _field_text(each)) for each in record.fields]
        parts.append(f"\n{record.record_type} {record.danish} ({record.english})")
        parts.append(table(("  field", "name", "value"), rows))
    return "\n".join(parts)


def _field_text(field: FieldShown) -> str:
    if field.is_masked:
        return WITHHELD
    texts = f"  {field.danish_text} / {field.english_text}" if field.danish_text else ""
    return f"{field.value or ''}{texts}{'  (uncertain)' if field.uncertain else ''}"
