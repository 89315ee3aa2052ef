"""Persons as records: one compiled template per record type and set of fields, from ``registerbro.cpr.layouts``.

The reader's tables say where a field stands; nothing here knows a position.
"""

from registerbro.cpr.layouts import LAYOUTS, Field

from registerbro_sandbox.persons.person import Person, Row

_KEY_ENDS = 13  # record type and personal number, the same in every record about a person
_templates: dict[str, dict[tuple[str, ...], str]] = {record_type: {} for record_type in LAYOUTS}


def record(record_type: str, number: str, row: Row) -> str:
    """One record in its full length."""
    names = tuple(row)
    template = _templates[record_type].get(names) or _compile(record_type, names)
    return record_type + number + template % row


def records(person: Person) -> list[str]:
    """All that the register holds on a person, in the order of the record types."""
    rows, number, texts = person.rows, person.number, []
    for record_type in sorted(rows):
        known, key = _templates[record_type], record_type + number
        for row in rows[record_type]:
            names = tuple(row)
            texts.append(key + (known.get(names) or _compile(record_type, names)) % row)
    return texts


def _compile(record_type: str, names: tuple[str, ...]) -> str:
    template = _templates[record_type][names] = _template(record_type, names)
    return template


def _template(record_type: str, names: tuple[str, ...]) -> str:
    """A %-format that takes a row with these fields; all others are empty as the layout says."""
    layout = LAYOUTS[record_type]
    unknown = set(names) - {field.name for field in layout.all_fields}
    if unknown:
        raise KeyError(f"record {record_type} has no field {sorted(unknown)}")
    is_long = any(field.name in names for field in layout.extension)
    fields = layout.all_fields if is_long else layout.fields
    return "".join(_slot(field, field.name in names) for field in fields if field.start > _KEY_ENDS)


def _slot(field: Field, is_given: bool) -> str:
    if not is_given:
        return field.empty * field.length
    return f"%({field.name}){'' if field.right else '-'}{field.length}.{field.length}s"
