"""How decoded files, persons, codes and layouts are printed."""

import typer
from pydantic import BaseModel
from registerbro.cpr.layouts import RecordLayout
from registerbro.record_views import FieldShown
from registerbro.terminal import table

from cpr_batch.views.showing import FileShown, PersonShown

MASK = "•••"


class CodeShown(BaseModel):
    """A code and what it means."""

    list: str
    code: str
    danish: str
    english: str


class FieldLayoutShown(BaseModel):
    """A field of a layout."""

    position: str
    name: str
    danish: str
    kind: str
    meaning: str


class LayoutShown(BaseModel):
    """A record layout."""

    record_type: str
    danish: str
    english: str
    lengths: str
    occurs: str
    fields: list[FieldLayoutShown]

    @classmethod
    def of(cls, layout: RecordLayout) -> "LayoutShown":
        """From the table that the reader uses."""
        return cls(
            record_type=layout.type,
            danish=layout.danish_name,
            english=layout.english_name,
            lengths=" or ".join(map(str, layout.lengths)),
            occurs=layout.occurs,
            fields=[
                FieldLayoutShown(
                    position=f"{field.start}-{field.end}", name=field.name, danish=field.danish, kind=str(field.kind),
                    meaning=field.meaning,
                )
                for field in layout.all_fields
            ],
        )  # fmt: skip


def print_file(found: FileShown) -> None:
    """A file as a whole."""
    facts = found.model_dump(mode="json", exclude={"counts", "problems"})
    typer.echo(
        table(("fact", "value"), [(name, value) for name, value in facts.items() if value is not None])
    )
    typer.echo("\n" + table(("record", "count"), list(found.counts.items())))
    if found.problems:
        rows = [
            (each.severity, each.line, each.offset, each.record_type, each.field, each.reason)
            for each in found.problems
        ]
        typer.echo("\n" + table(("severity", "line", "byte", "record", "field", "reason"), rows))
    if found.problem_count > len(found.problems):
        typer.echo(f"and {found.problem_count - len(found.problems)} more")


def print_person(found: PersonShown) -> None:
    """A person, record by record."""
    typer.echo(
        f"person {found.ordinal} of the file"
        + (", protected" if found.is_protected else "")
        + (", masked" if found.is_masked else "")
    )
    for record in found.records:
        typer.echo(
            f"\n{record.record_type} {record.danish} ({record.english}), line {record.line}, byte {record.offset}"
        )
        if record.problem:
            typer.echo(f"  wrong: {record.problem}")
        if record.fields:
            rows = [(f"  {field.danish}", field.name, _value(field)) for field in record.fields]
            typer.echo(table(("  field", "name", "value"), rows))


def _value(field: FieldShown) -> str:
    if field.is_masked:
        return MASK
    shown = field.value or ""
    if field.danish_text:
        shown += f"  {field.danish_text} / {field.english_text}"
    if field.precision not in (None, "day", "minute"):
        shown += f"  ({field.precision} only)"
    return shown + ("  (uncertain)" if field.uncertain else "")
