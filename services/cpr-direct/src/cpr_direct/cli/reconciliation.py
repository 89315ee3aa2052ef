"""Commands for CPR's list of subscribed numbers: compare, show, apply."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from registerbro.subscriptions import reconciliation
from registerbro.subscriptions.correcting import OF_CONTACTS
from registerbro.subscriptions.reconciliation import Difference, DifferenceKind, Reconciliation
from registerbro.terminal import Json, show

from cpr_direct import reconciling
from cpr_direct.cli.common import COMMAND_LINE, caller, do
from cpr_direct.direct import Direct
from cpr_direct.views.reconciliation import AppliedOut, DifferenceOut, ReconciliationOut

app = typer.Typer()
group = typer.Typer(help="CPR's list of subscribed numbers, compared with the store.", no_args_is_help=True)
app.add_typer(group, name="reconcile")
Id = Annotated[int, typer.Argument(min=1, help="As the comparison showed it.")]
PAGE = 1000


@group.command()
def compare(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CPR numbers, one a line.")],
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The Danish day on which CPR's subscriptions were so; today if not given.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare a list with the store, in both directions. Nothing is changed, and the list is not kept."""
    day = as_of.date() if as_of else None

    async def work(direct: Direct) -> Reconciliation:
        async with direct.pool.acquire() as connection:
            return await reconciliation.compare(connection, file, by=COMMAND_LINE, as_of=day)

    _show([ReconciliationOut.of(do(work))], as_json)


@group.command("list")
def list_(as_json: Json = False) -> None:
    """List the comparisons, newest first."""
    found = do(lambda direct: reconciliation.page(direct.pool, size=PAGE))
    _show([ReconciliationOut.of(each) for each in found], as_json)


@group.command()
def differences(
    reconciliation_id: Id,
    kind: Annotated[DifferenceKind | None, typer.Option(help="Only of this kind.")] = None,
    as_json: Json = False,
) -> None:
    """Show where list and store differ, numbers masked."""

    async def work(direct: Direct) -> list[Difference]:
        await reconciliation.load(direct.pool, reconciliation_id)
        found: list[Difference] = []
        while page := await reconciliation.differences(
            direct.pool,
            reconciliation_id,
            kind=kind,
            after=found[-1].difference_id if found else 0,
            size=PAGE,
        ):
            found += page
        return found

    views = [DifferenceOut.of(each) for each in do(work)]
    rows = [
        (each.kind, each.contact_id, each.number, "yes" if each.is_overtaken else "", each.outcome)
        for each in views
    ]
    show(views, as_json, ("difference", "contact", "number", "overtaken", "outcome"), rows)


@group.command()
def apply(
    reconciliation_id: Id,
    kind: Annotated[
        list[DifferenceKind],
        typer.Option(help="Differences that are put right; the others stay open, for another time."),
    ] = list(OF_CONTACTS),  # noqa: B006 - typer copies it
    ends_unknown: Annotated[
        bool,
        typer.Option(
            "--end-unknown",
            help="Also have CPR end the subscriptions of persons whom no imported contact is.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Put the store right: who is subscribed is as the list says, unless CPR has said otherwise since."""

    async def work(direct: Direct) -> AppliedOut:
        return await reconciling.apply(
            direct,
            reconciliation_id,
            by=COMMAND_LINE,
            caller=caller(),
            kinds=kind,
            ends_unknown=ends_unknown,
        )

    done = do(work)
    facts = {
        **done.outcomes,
        "subscribed": done.subscribed,
        "unsubscribed": done.unsubscribed,
        "ends to come": done.ends_to_come,
    }
    show(done, as_json, ("outcome", "count"), list(facts.items()))


def _show(found: list[ReconciliationOut], as_json: bool) -> None:
    rows = [
        (
            each.reconciliation_id, each.name, each.as_of, each.listed,
            ", ".join(f"{name} {count}" for name, count in sorted(each.counts.items())), each.applied_at,
        )
        for each in found
    ]  # fmt: skip
    show(found, as_json, ("id", "list", "as of", "numbers", "found", "applied"), rows)
