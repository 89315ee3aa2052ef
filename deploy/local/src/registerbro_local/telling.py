"""What local mode says on the terminal."""

from collections.abc import Mapping, Sequence

from cpr_batch.imports import Imported
from cpr_batch.whole_run import WholeRun
from rich.console import Console
from rich.table import Table

console = Console()


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with a title above it."""
    made = Table(title=title, title_justify="left")
    for position, heading in enumerate(headings):
        made.add_column(heading, no_wrap=position == 0)
    for row in rows:
        made.add_row(*row)
    console.print(made)


def facts(title: str, lines: Mapping[str, str]) -> None:
    """Names and what belongs to them, unbroken, so that a person can copy them."""
    console.print(f"\n[bold]{title}[/bold]")
    width = max(map(len, lines))
    for name, text in lines.items():
        console.print(f"  {name:<{width}}  {text}", soft_wrap=True, highlight=False, markup=False)


def whole_run(done: WholeRun) -> None:
    """What was fetched, and what became of the persons."""
    rows = [_row(imported) for imported in done.imported]
    table("Imported", ("file", "outcome", "persons", "of which", "rejected records", "remarks"), rows)


def _row(imported: Imported) -> tuple[str, ...]:
    counts = dict(imported.counts)
    persons, rejected, remarks = (counts.pop(name, 0) for name in ("persons", "rejected", "remark"))
    parts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    outcome = f"{imported.outcome}: {imported.failure}" if imported.failure else str(imported.outcome)
    return imported.name, outcome, str(persons), parts, str(rejected), str(remarks)
