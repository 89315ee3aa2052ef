"""Commands for what waits for a decision: files that the brake stopped, lost deliveries; and the dry run before it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer
from registerbro.ids import LAST_ID
from registerbro.terminal import Json, print_json, show, table

from cpr_batch import approvals, dry_run, gaps
from cpr_batch.approvals import Approval, ApprovalState
from cpr_batch.batch import Batch
from cpr_batch.cli.common import REJECTIONS, All, InitialLoad, counts, do, is_for_all
from cpr_batch.dry_run import FilePlan, PlanState
from cpr_batch.files import FileState
from cpr_batch.gaps import Gap
from cpr_batch.terminal import progress_shown
from cpr_batch.views.asking import ApprovalView, GapView, PlannedView, PlanPage, PlanView

PAGE = 1000
app = typer.Typer()
gaps_app = typer.Typer(
    help="Show the deliveries that are missing, or dismiss one.", invoke_without_command=True
)
app.add_typer(gaps_app, name="gaps")
Reason = Annotated[str, typer.Option(help="Why; kept with the decision. No personal data.", min=1)]
Id = Annotated[int, typer.Argument(min=1, help="As the list shows it.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]


@app.command("approvals")
def list_approvals(
    every: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List the files that stopped because they would end or blank too many contacts."""
    state = None if every else ApprovalState.ASKED

    async def work(batch: Batch) -> list[Approval]:
        return await approvals.page(batch.pool, state=state, before=LAST_ID, size=limit)

    _show_approvals([ApprovalView.of(each) for each in do(work)], as_json)


@app.command()
def approve(approval_id: Id, reason: Reason, as_json: Json = False) -> None:
    """Approve a file that stopped, so that it can be imported; also one that was declined."""
    _decide(approval_id, reason, as_json, is_approved=True)


@app.command()
def decline(approval_id: Id, reason: Reason, as_json: Json = False) -> None:
    """Decline a file that stopped: it stays where it is and is not imported."""
    _decide(approval_id, reason, as_json, is_approved=False)


def _decide(approval_id: int, reason: str, as_json: bool, *, is_approved: bool) -> None:
    async def work(batch: Batch) -> Approval:
        return await approvals.decide(batch, approval_id, is_approved=is_approved, reason=_said(reason))

    decided = ApprovalView.of(do(work))
    _show_approvals([decided], as_json)
    if not as_json:
        typer.echo(decided.next_step)


def _said(reason: str) -> str:
    if not reason.strip() or len(reason) > 500:
        raise typer.BadParameter("give a reason of 1 to 500 characters", param_hint="--reason")
    return reason


def _show_approvals(found: list[ApprovalView], as_json: bool) -> None:
    headings = (
        "id",
        "file",
        "state",
        "asked",
        "persons",
        "ended or blanked",
        "limit",
        "decided by",
        "reason",
    )
    rows = [
        (
            each.approval_id, each.name, each.state, each.asked_at.astimezone().isoformat(" ", "seconds"),
            each.persons, each.endings, each.limit, each.decided_by, each.reason,
        )
        for each in found
    ]  # fmt: skip
    show(found, as_json, headings, rows)


@gaps_app.callback()
def list_gaps(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List the deliveries that later files name as the ones before them and that were never imported."""
    if context.invoked_subcommand is not None:
        return

    async def work(batch: Batch) -> list[Gap]:
        return await gaps.page(batch.pool, is_open=not every, before=LAST_ID, size=limit)

    _show_gaps([GapView.of(each) for each in do(work)], as_json)


@gaps_app.command()
def dismiss(gap_id: Id, reason: Reason, as_json: Json = False) -> None:
    """Close a gap that need not be filled."""

    async def work(batch: Batch) -> Gap:
        return await gaps.dismiss(batch, gap_id, _said(reason))

    _show_gaps([GapView.of(do(work))], as_json)


def _show_gaps(found: list[GapView], as_json: bool) -> None:
    headings = ("id", "task", "missing", "last before", "told by", "closed", "how", "by", "reason")
    rows = [
        (
            each.gap_id, each.task_number, each.missing_date, each.after_date, each.file_name,
            each.closed_at and each.closed_at.date(), each.closed_how, each.closed_by, each.reason,
        )
        for each in found
    ]  # fmt: skip
    show(found, as_json, headings, rows)


@app.command("dry-run")
def plan(
    name: Annotated[str | None, typer.Argument(help="As in the interim directory.")] = None,
    every: All = False,
    persons: Annotated[bool, typer.Option("--persons", help="Show each person, too.")] = False,
    initial_load: InitialLoad = False,
    as_json: Json = False,
) -> None:
    """Show what an import of one file, or of all that wait, would change. Nothing is written."""
    is_for_all(name, every)

    async def work(batch: Batch) -> list[FilePlan]:
        with progress_shown() as progress:
            found = await dry_run.dry_run(batch, name, initial_load=initial_load, progress=progress)
        await _show_plans(batch, found, persons, as_json)
        return found

    if any(each.state is not PlanState.PLANNED or each.would_hold for each in do(work)):
        raise typer.Exit(REJECTIONS)


async def _show_plans(batch: Batch, found: list[FilePlan], persons: bool, as_json: bool) -> None:
    pages = _pages(batch, found if persons else [])
    if as_json:
        items = [PlannedView.of(row) async for rows in pages for row in rows]
        print_json(PlanPage(files=list(map(PlanView.of, found)), items=items))
        return
    headings = ("file", "plan", "counts", "reason")
    typer.echo(
        table(headings, [(each.name, _state(each), counts(each.counts), each.failure) for each in found])
    )
    async for rows in pages:
        columns = ("name", "ordinal", "contact_id", "outcome", "groups", "is_ending")
        cells = [
            (
                *(row[name] for name in columns[:4]),
                ", ".join(row["groups"]),
                "ending" if row["is_ending"] else "",
            )
            for row in rows
        ]
        typer.echo(table(("file", "place", "contact", "outcome", "groups", ""), cells))


def _state(plan: FilePlan) -> str:
    is_imported = plan.file_state is FileState.IMPORTED
    notes = ("would stop and ask" if plan.would_hold else "", "imported already" if is_imported else "")
    return ", ".join(filter(None, (plan.state, *notes)))


async def _pages(batch: Batch, found: list[FilePlan]) -> AsyncIterator[list[Any]]:
    """The persons of the plans, some at a time: a whole file would not fit."""
    for plan in found:
        ordinal, is_last = 0, False
        while not is_last:
            rows = [row async for row in dry_run.persons(batch.pool, plan.plan_id, ordinal, PAGE)]
            if rows:
                yield rows
                ordinal = rows[-1]["ordinal"]
            is_last = len(rows) < PAGE
