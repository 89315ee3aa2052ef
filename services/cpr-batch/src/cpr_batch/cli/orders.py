"""Commands for orders to CPR."""

from typing import Annotated

import typer
from registerbro.ids import LAST_ID
from registerbro.terminal import Json, print_json, show

from cpr_batch.batch import Batch
from cpr_batch.cli.asking import gaps_app
from cpr_batch.cli.common import counts, do
from cpr_batch.orders import asking, filling, preview, uploading
from cpr_batch.orders.model import OrderKind, OrderState
from cpr_batch.views.orders import InputFileView, OrdersTaken, OrderView, PreviewView, UploadView

app = typer.Typer()
orders = typer.Typer(help="Order subscriptions, deletions and data of CPR.", no_args_is_help=False)
app.add_typer(orders, name="orders")
HEADINGS = ("order", "kind", "contact", "state", "asked", "by", "file", "answer")


@orders.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Order subscriptions, deletions and data of CPR; without a command: list the orders."""
    if context.invoked_subcommand is None:
        list_orders()


@orders.command("list")
def list_orders(
    state: Annotated[
        list[OrderState] | None, typer.Option(help="Only in this state; may be repeated.")
    ] = None,
    kind: Annotated[OrderKind | None, typer.Option(help="Only of this kind.")] = None,
    contact: Annotated[int | None, typer.Option(min=1, help="Only of this contact, by its id.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose answer is overdue.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many orders.")] = 50,
    as_json: Json = False,
) -> None:
    """List the orders, newest first."""

    async def work(batch: Batch) -> list[OrderView]:
        found = await asking.page(
            batch,
            size=limit,
            states=state or None,
            kind=kind,
            contact_id=contact,
            is_overdue=True if overdue else None,
        )
        return [OrderView.of(order) for order in found]

    found = do(work)
    show(found, as_json, HEADINGS, [_row(order) for order in found])


@orders.command()
def add(
    kind: Annotated[
        OrderKind | None, typer.Argument(help="What to order; with --wishes only subscribe or unsubscribe.")
    ] = None,
    contact: Annotated[
        list[int] | None, typer.Option(min=1, help="A contact, by its id; may be repeated.")
    ] = None,
    wishes: Annotated[
        bool, typer.Option("--wishes", help="For all contacts whose wish differs from their subscription.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Order for contacts; the orders wait for the next input file."""
    _check(kind, contact, wishes)

    async def work(batch: Batch) -> OrdersTaken:
        if kind is None or not contact:
            return OrdersTaken(counts=await asking.ask_wishes(batch, {kind} if kind else None), contacts=[])
        return OrdersTaken.of(await asking.ask(batch, kind, contact))

    taken = do(work)
    if as_json:
        print_json(taken)
    elif wishes:
        typer.echo(counts(taken.counts))
    else:
        rows = [(each.contact_id, each.outcome, each.order_id) for each in taken.contacts]
        show(taken, False, ("contact", "outcome", "order"), rows)


@orders.command()
def withdraw(
    order_id: Annotated[int, typer.Argument(min=1, max=LAST_ID, help="As `orders list` shows it.")],
    as_json: Json = False,
) -> None:
    """Take back an order that waits, or give up one whose answer is overdue."""

    async def work(batch: Batch) -> OrderView:
        return OrderView.of(await asking.withdraw(batch, order_id))

    order = do(work)
    show(order, as_json, HEADINGS, [_row(order)])


@orders.command()
def upload(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the file with masked numbers; order and upload nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the day's input file and upload it: one a day before the deadline, after it the next day's."""
    if dry_run:
        _show_preview(as_json)
        return

    async def work(batch: Batch) -> UploadView:
        return UploadView.of(await uploading.upload(batch))

    done = do(work)
    if as_json:
        print_json(done)
    elif done.files:
        show(done.files, False, ("uploaded file", "for", "lines"), [_file_row(file) for file in done.files])
    elif done.waiting:
        typer.echo(f"the day's file is uploaded already: {done.waiting} orders wait for the next one")
    else:
        typer.echo("nothing")


@gaps_app.command("order")
def order_gap(
    gap_id: Annotated[int, typer.Argument(min=1, max=LAST_ID, help="As the list shows it.")],
    as_json: Json = False,
) -> None:
    """Order the data of all contacts that a lost delivery may concern, and close the gap."""

    async def work(batch: Batch) -> OrdersTaken:
        return OrdersTaken(counts=await filling.order(batch, gap_id), contacts=[])

    taken = do(work)
    if as_json:
        print_json(taken)
    else:
        typer.echo(counts(taken.counts) or "nobody is concerned")


def _show_preview(as_json: bool) -> None:
    async def work(batch: Batch) -> list[PreviewView]:
        return [PreviewView.of(file) for file in await preview.preview(batch)]

    found = do(work)
    if as_json:
        print_json(found)
        return
    for file in found:
        typer.echo("\n".join([file.name, *file.lines]))
    if not found:
        typer.echo("nothing")


def _check(kind: OrderKind | None, contact: list[int] | None, wishes: bool) -> None:
    if bool(contact) is wishes:
        raise typer.BadParameter("give either --contact or --wishes")
    if contact and kind is None:
        raise typer.BadParameter("say what to order: subscribe, unsubscribe, requisition or status-list")
    if contact and len(contact) > asking.MOST:
        raise typer.BadParameter(f"at most {asking.MOST} contacts at once")
    if wishes and kind is not None and kind.opposite is None:
        raise typer.BadParameter("wishes are for subscribe and unsubscribe only")


def _row(order: OrderView) -> tuple[object, ...]:
    state = "overdue" if order.is_overdue else order.state
    answer = " ".join(filter(None, (order.answer_number, order.answer_text)))
    asked = order.requested_at.astimezone().isoformat(" ", "seconds")
    return (
        order.order_id,
        order.kind,
        order.contact_id,
        state,
        asked,
        order.requested_by,
        order.input_file,
        answer,
    )


def _file_row(file: InputFileView) -> tuple[object, ...]:
    return (file.name, file.run_date, file.lines)
