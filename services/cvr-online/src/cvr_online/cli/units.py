"""Commands about companies and production units: look up, search, import."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from registerbro.cvr.numbers import UnitNumber
from registerbro.presentation import BAD_USE, FAILED
from registerbro.registers.errors import RegisterError
from registerbro.terminal import Json, print_json, show, table
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cvr_online import importing, looking
from cvr_online.cli.common import CaseOption, Fresh, Why, do, end, reason, text, texts
from cvr_online.errors import NumberRefused, OnlineError
from cvr_online.importing import Became, Told
from cvr_online.looking import ONLY_NUMBER_OR_NAME, PageWanted
from cvr_online.online import Online, Reason
from cvr_online.views.hits import HitsOut
from cvr_online.views.imports import ManyImportedOut
from cvr_online.views.unit import UnitAddressOut, UnitOut

app = typer.Typer()
_OF_A_NUMBER = re.compile(r"\s*(?:DK)?[\d\s.-]+", re.IGNORECASE)
_REFUSED = typer.Option("--address", "--road", "--postcode", "--municipality", "--industry", hidden=True)
Number = Annotated[list[str] | None, typer.Argument(help="CVR number or P-number; none: asked for, or read from standard input.")]  # fmt: skip
Numbers = Annotated[list[str] | None, typer.Argument(help="CVR numbers and P-numbers; none: one asked for, or one a line of standard input.")]  # fmt: skip


@app.command()
def lookup(
    number: Number = None,
    purpose: Why = "",
    case: CaseOption = None,
    fresh: Fresh = False,
    as_json: Json = False,
) -> None:
    """Look a company or production unit up in CVR. Nothing is stored but who asked."""
    why, given = reason(purpose, case), text(number, "CVR number or P-number")

    async def work(online: Online) -> UnitOut:
        return await looking.lookup(online, online.number(given), why, is_fresh=fresh)

    found = do(work)
    if as_json:
        print_json(found)
    else:
        typer.echo(_unit_text(found))


@app.command()
def search(
    number_or_name: Annotated[
        list[str] | None,
        typer.Argument(
            help="A number finds its unit; anything else is a name. None: asked for, or read from standard input."
        ),
    ] = None,
    purpose: Why = "",
    case: CaseOption = None,
    page: Annotated[int, typer.Option(min=1, max=10_000, help="Of the hits of a name.")] = 1,
    size: Annotated[int, typer.Option(min=1, max=100, help="Hits on a page at most.")] = 20,
    refused: Annotated[str | None, _REFUSED] = None,
    as_json: Json = False,
) -> None:
    """Find companies and production units by number, or by name as far as the provider can. Nothing is stored but who asked."""
    if refused is not None:
        end(ONLY_NUMBER_OR_NAME, BAD_USE)
    why, given = reason(purpose, case), text(number_or_name, "number or name").strip()
    if not 1 <= len(given) <= 200:
        end("a number or a name of 1 to 200 characters is needed", BAD_USE)

    async def work(online: Online) -> HitsOut:
        if _OF_A_NUMBER.fullmatch(given):
            return await looking.search_number(online, online.number(given), why)
        return await looking.search_name(online, given, PageWanted(page, size), why)

    found = do(work)
    rows = [
        (each.number, each.name, _place(each.address), "yes" if each.has_ceased else "", _contact(each.contact_id, each.is_imported))
        for each in found.items
    ]  # fmt: skip
    show(found, as_json, ("number", "name", "place", "ceased", "contact"), rows)
    if not as_json and found.has_more:
        typer.echo(f"there are more: --page {found.page + 1}")


@app.command("import")
def import_(
    numbers: Numbers = None,
    purpose: Why = "",
    case: CaseOption = None,
    with_units: Annotated[
        bool, typer.Option("--with-units", help="Of each company all production units, too.")
    ] = False,
    fresh: Fresh = False,
    as_json: Json = False,
) -> None:
    """Import companies and production units as contacts, or bring their contacts up to date. May be repeated.

    Exit code 1 if one of them could not be imported; the others are.
    """
    why, given = reason(purpose, case), texts(numbers, "CVR number or P-number")

    async def work(online: Online) -> ManyImportedOut:
        wanted = [_parsed(online, each) for each in given]
        found = list(dict.fromkeys(each for each in wanted if not isinstance(each, NumberRefused)))
        if not with_units:
            with _told("importing", len(found)) as told:
                became = await importing.import_many(online, found, why, is_fresh=fresh, told=told)
            return ManyImportedOut.of(wanted, became)
        became = {}
        for number in found:
            became |= await _with_units(online, number, why, is_fresh=fresh)
        refused = [each for each in wanted if isinstance(each, NumberRefused)]
        return ManyImportedOut.of([*refused, *became], became)

    made = do(work)
    rows = [
        (each.place + 1, each.number, each.outcome, each.contact_id, each.failure.detail if each.failure else "")
        for each in made.items
    ]  # fmt: skip
    show(made, as_json, ("", "number", "outcome", "contact", "why not"), rows)
    if importing.FAILED in made.counts:
        raise typer.Exit(FAILED)


async def _with_units(
    online: Online, number: UnitNumber, why: Reason, *, is_fresh: bool
) -> dict[UnitNumber, Became]:
    """What became of a company and of its production units."""
    try:
        with _told("importing production units", None) as told:
            done = await importing.import_one(
                online, number, why, with_units=True, is_fresh=is_fresh, told=told
            )
    except (OnlineError, RegisterError) as error:
        return {number: error}
    return {number: done.imported, **(done.production_units or {})}


@contextmanager
def _told(what: str, total: int | None) -> Iterator[Told]:
    """A bar on standard error, where somebody looks at it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    is_shown = sys.stderr.isatty() and total != 1
    with Progress(*columns, console=Console(stderr=True), disable=not is_shown, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _parsed(online: Online, given: str) -> UnitNumber | NumberRefused:
    try:
        return online.number(given)
    except NumberRefused as error:
        return error


def _unit_text(unit: UnitOut) -> str:
    industries = [unit.main_industry, *(unit.secondary_industries or ())]
    rows: list[tuple[str, Any]] = [
        ("from", f"{unit.provider}, {unit.as_of:%Y-%m-%d %H:%M} UTC"),
        ("contact", _contact(unit.contact_id, unit.is_imported) or "none"),
        ("number", unit.number),
        ("kind", unit.kind),
        ("name", unit.name),
        ("address", _line(unit.address)),
        ("place", _place(unit.address)),
        ("phone", unit.phone),
        ("fax", unit.fax),
        ("e-mail", unit.email),
        ("industries", "; ".join(f"{each.code} {each.text or ''}".strip() for each in industries if each)),
        ("form", unit.form and (unit.form.text or unit.form.code)),
        ("status", unit.status),
        ("credit", unit.credit and (unit.credit.text or unit.credit.code)),
        ("started", unit.start_date),
        ("ceased", unit.end_date),
        ("company", unit.company),
        ("advertising", "protected: no unsolicited contact" if unit.is_advertising_protected else None),
    ]
    return table(("", ""), [row for row in rows if row[1]]).lstrip("\n")


def _line(address: UnitAddressOut | None) -> str:
    if address is None:
        return ""
    road = " ".join(filter(None, (address.road, address.house_number_from)))
    floor = " ".join(filter(None, (address.floor, address.door)))
    return ", ".join(filter(None, (road, floor, address.locality, address.free_text, address.po_box, address.care_of)))  # fmt: skip


def _place(address: UnitAddressOut | None) -> str:
    if address is None:
        return ""
    return " ".join(filter(None, (address.postcode, address.post_district)))


def _contact(contact_id: int | None, is_imported: bool) -> str:
    if contact_id is None:
        return ""
    return f"{contact_id}" if is_imported else f"{contact_id}, not imported"
