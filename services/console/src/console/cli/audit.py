"""Commands about the audit log: search, the report for a person, spot checks. A number comes by standard input only."""

import datetime as dt
import uuid
from typing import Annotated

import typer
from registerbro.audit import Access, Auditor, Stage
from registerbro.database import Pool
from registerbro.ids import LAST_ID
from registerbro.presentation import BAD_USE
from registerbro.terminal import Json, print_json, show, table

from console.audit import inquiries, reporting, spot_checks
from console.audit.inquiries import LONGEST_PERIOD, USUAL_PERIOD, Inquiry, Number, Search
from console.audit.reporting import Subject
from console.audit.spot_checks import MOST, Drawn, Lottery, SpotCheck, Verdict
from console.audit.views import AccessOut, InquiryOut, SpotCheckDetails, SpotCheckOut
from console.cli.common import caller, end
from console.cli.store import (
    CaseOption,
    Client,
    Limit,
    Refused,
    Since,
    Until,
    User,
    Why,
    cpr_number,
    on_log,
    on_store,
    refuse_arguments,
    utc,
    why,
)

app = typer.Typer()
group = typer.Typer(help="The log of accesses to persons and companies.", no_args_is_help=True)
checks = typer.Typer(help="Random samples of the log for a review.", no_args_is_help=True)
app.add_typer(group, name="audit")
group.add_typer(checks, name="spot-check")
FromInput = Annotated[
    bool, typer.Option("--number-from-input", help="Read the person's CPR number from standard input.")
]
Contacts = Annotated[
    list[int] | None, typer.Option("--contact", min=1, max=LAST_ID, help="A contact's id; several.")
]
CheckId = Annotated[int, typer.Argument(min=1, max=LAST_ID, help="As the list names it.")]
Day = Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="A day of the log, UTC.")]
Note = Annotated[str | None, typer.Option(help="No personal data.")]


@group.command()
def search(
    purpose: Annotated[
        str | None, typer.Option(help="Why; needed where a person is named; recorded.")
    ] = None,
    for_case: CaseOption = None,
    from_input: FromInput = False,
    contacts: Contacts = None,
    client: Client = None,
    user: User = None,
    service: Annotated[str | None, typer.Option(help="As cpr-direct.")] = None,
    action: Annotated[str | None, typer.Option(help="As search-person.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Those that came so far.")] = None,
    contains: Annotated[str | None, typer.Option(help="Part of the purpose.")] = None,
    case: Annotated[str | None, typer.Option(help="The case that they were for.")] = None,
    broken_glass: Annotated[
        bool, typer.Option("--broken-glass", help="Only those that broke the glass.")
    ] = False,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: Json = False,
    refused: Refused = None,
) -> None:
    """Show who looked at whom, when and why, newest first; of the last 30 days if no time is given."""
    refuse_arguments(refused)
    end_of = utc(until) or dt.datetime.now(dt.UTC)
    begin = utc(since) or end_of - USUAL_PERIOD
    if not dt.timedelta(0) < end_of - begin <= LONGEST_PERIOD:
        end(f"--from and --to must be in this order and at most {LONGEST_PERIOD.days} days apart", BAD_USE)
    asked = Search(
        begin,
        end_of,
        number=Number("C", cpr_number().value) if from_input else None,
        contact_ids=tuple(contacts or ()),
        client=client,
        acting_user=user,
        service=service,
        action=action,
        stage=stage,
        purpose_contains=contains,
        case_reference=case,
        only_broken_glass=broken_glass,
    )
    reason = None if purpose is None else why(purpose, for_case)

    async def work(pool: Pool, auditor: Auditor) -> list[Inquiry]:
        return await inquiries.search(pool, auditor, caller(), asked, reason, size=limit)

    _show_inquiries([InquiryOut.of(each) for each in on_log(work)], as_json)


@group.command()
def report(
    purpose: Why,
    contact: Annotated[
        int | None,
        typer.Option(min=1, max=LAST_ID, help="The contact's id; if left out, the CPR number is read."),
    ] = None,
    for_case: CaseOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
    refused: Refused = None,
) -> None:
    """Show who has looked at one person's data, for that person: without the employees' names."""
    refuse_arguments(refused)
    reason = why(purpose, for_case)
    subject = Subject(cpr_number() if contact is None else None, contact)

    async def work(_: Pool, auditor: Auditor) -> list[Access]:
        return await reporting.report(auditor, caller(), subject, reason)

    accesses = on_log(work)
    if as_csv:
        typer.echo(reporting.as_csv(accesses), nl=False)
        return
    views = [AccessOut.of(each) for each in accesses]
    rows = [
        (
            each.at,
            each.organisation or each.client,
            each.service,
            each.action,
            " ".join(each.fields),
            each.purpose,
        )
        for each in views
    ]
    show(views, as_json, ("at", "organisation", "service", "action", "what", "why"), rows)


@checks.command()
def draw(
    first_day: Day,
    last_day: Day,
    size: Annotated[int, typer.Option(min=1, max=MOST, help="How many; with --per-user of each user.")],
    purpose: Why,
    for_case: CaseOption = None,
    client: Client = None,
    user: User = None,
    per_user: Annotated[bool, typer.Option("--per-user", help="So many of each user.")] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, max=LAST_ID, help="Another check's draws the same again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw accesses at random and keep them for a review."""
    days = first_day.date(), last_day.date()
    if not days[0] <= days[1] < dt.datetime.now(dt.UTC).date() or days[1] - days[0] >= LONGEST_PERIOD:
        end(f"the days must be in order, be over and {LONGEST_PERIOD.days} at most", BAD_USE)
    told = {} if seed is None else {"seed": seed}
    lottery = Lottery(
        first_day=days[0],
        last_day=days[1],
        size=size,
        client=client,
        acting_user=user,
        per_user=per_user,
        **told,
    )
    reason = why(purpose, for_case)

    async def work(pool: Pool, auditor: Auditor) -> tuple[SpotCheck, list[Drawn]]:
        return await spot_checks.begin(pool, auditor, caller(), lottery, reason)

    _show_check(*on_log(work), as_json=as_json)


@checks.command("list")
def list_checks(
    every: Annotated[bool, typer.Option("--all", help="Also closed ones.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List the spot checks, newest first."""

    async def work(pool: Pool) -> list[SpotCheck]:
        return await spot_checks.page(pool, is_open=not every, before=LAST_ID, size=limit)

    _show_checks([SpotCheckOut.of(each) for each in on_store(work)], as_json)


@checks.command("show")
def show_check(check_id: CheckId, as_json: Json = False) -> None:
    """Show a spot check with its accesses and verdicts."""
    _show_check(*on_store(lambda pool: spot_checks.get(pool, check_id)), as_json=as_json)


@checks.command()
def judge(
    check_id: CheckId,
    audit_id: Annotated[uuid.UUID, typer.Argument(help="One of its accesses.")],
    verdict: Annotated[Verdict, typer.Argument(help="Whether it is fine.")],
    note: Note = None,
    as_json: Json = False,
) -> None:
    """Say of an access that it is fine or must be looked into."""

    async def work(pool: Pool) -> SpotCheck:
        return await spot_checks.judge(pool, check_id, audit_id, verdict, note, by=caller().name)

    _show_checks([SpotCheckOut.of(on_store(work))], as_json)


@checks.command()
def close(
    check_id: CheckId,
    conclusion: Annotated[str | None, typer.Option(help="What came of it. No personal data.")] = None,
    as_json: Json = False,
) -> None:
    """End a check of which every access has a verdict."""

    async def work(pool: Pool) -> SpotCheck:
        return await spot_checks.close(pool, check_id, conclusion, by=caller().name)

    _show_checks([SpotCheckOut.of(on_store(work))], as_json)


def _show_inquiries(views: list[InquiryOut], as_json: bool) -> None:
    rows = [
        (
            each.at,
            each.client,
            each.acting_user,
            each.action,
            "-".join(each.stages),
            each.purpose,
            _whom(each),
        )
        for each in views
    ]
    show(views, as_json, ("at", "client", "user", "action", "stages", "why", "contacts"), rows)


def _whom(view: InquiryOut) -> str:
    return " ".join(map(str, view.contact_ids)) or ("by number" if view.by_number else "")


def _show_checks(views: list[SpotCheckOut], as_json: bool) -> None:
    rows = [
        (each.check_id, each.drawn_at, each.drawn_by, each.first_day, each.last_day,
         f"{each.drawn} of {each.population}", each.judged, each.to_look_into, each.closed_at)
        for each in views
    ]  # fmt: skip
    headings = ("id", "drawn", "by", "from", "to", "accesses", "judged", "to look into", "closed")
    show(views, as_json, headings, rows)


def _show_check(check: SpotCheck, drawn: list[Drawn], *, as_json: bool) -> None:
    view = SpotCheckDetails.with_items(check, drawn)
    if as_json:
        print_json(view)
        return
    _show_checks([view], as_json=False)
    rows = [
        (
            each.audit_id,
            each.at,
            each.client,
            each.acting_user,
            each.action,
            each.purpose,
            _whom(each),
            each.verdict,
            each.note,
        )
        for each in view.items
    ]
    typer.echo(
        table(("access", "at", "client", "user", "action", "why", "contacts", "verdict", "note"), rows)
    )
