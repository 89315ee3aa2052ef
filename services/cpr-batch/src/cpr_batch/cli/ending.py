"""What transfers and imports show when they end, and the exit code that they end with."""

from collections.abc import Sequence
from typing import NoReturn

import typer
from registerbro.terminal import print_json, show

from cpr_batch.cli.common import REJECTIONS, counts, fail
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.transfer import TransferOutcome, Transferred
from cpr_batch.views.files import ImportResult
from cpr_batch.views.servers import TransferResult
from cpr_batch.whole_run import WholeRun


def show_transferred(done: Sequence[Transferred], as_json: bool) -> None:
    found = [TransferResult.of(each) for each in done]
    rows = [(each.name, each.outcome, each.failure.detail if each.failure else "") for each in found]
    show(found, as_json, ("fetched file", "outcome", "reason"), rows)


def show_imported(done: Sequence[Imported], as_json: bool) -> None:
    found = [ImportResult.of(each) for each in done]
    rows = [
        (
            each.name,
            each.outcome,
            counts(each.counts),
            each.failure.detail if each.failure else each.error_log,
        )
        for each in found
    ]
    show(found, as_json, ("imported file", "outcome", "counts", "reason or error log"), rows)


def end_whole_run(done: WholeRun, as_json: bool) -> NoReturn:
    """Shows both parts of a whole run, and ends the command."""
    if as_json:
        print_json([TransferResult.of(each) for each in done.transferred]
                   + [ImportResult.of(each) for each in done.imported])  # fmt: skip
    else:
        show_transferred(done.transferred, as_json=False)
        show_imported(done.imported, as_json=False)
    if done.transfer_failure is not None:
        fail(done.transfer_failure)
    end_with(done.transferred, done.imported)
    raise typer.Exit


def end_with(transferred: Sequence[Transferred], imported: Sequence[Imported]) -> None:
    """One file that fails alone fails the command; among several it is one of the rejections."""
    failures = [
        *(done.failure for done in transferred if done.outcome is TransferOutcome.FAILED),
        *(done.failure for done in imported if done.outcome not in _TOLD and done.failure),
    ]
    if len(transferred) + len(imported) == 1 and failures and failures[0] is not None:
        fail(failures[0])
    if failures or any(_has_rejections(done) for done in imported):
        raise typer.Exit(REJECTIONS)


_TOLD = (ImportOutcome.REFUSED, ImportOutcome.DECLINED)  # a person decided on the latter: nothing to look at


def _has_rejections(done: Imported) -> bool:
    return done.outcome is ImportOutcome.REFUSED or bool(
        done.outcome is ImportOutcome.IMPORTED and done.counts.get("rejected")
    )
