"""Takes a relative out of a person's records: number, name, birth date and address, and whatever else says who it is.

The records stay records: a field is overwritten with what stands there when it has no value, and a record that is about
nobody but the relative is left out. What is left decodes as before, and maps to a contact without that relative.
"""

from collections.abc import Callable, Iterator, Mapping

from registerbro.cpr.layouts import LAYOUTS, Field
from registerbro.cpr.numbers import number_or_none

_SPOUSE = (
    "spouse_birth_date", "spouse_birth_date_uncertain", "spouse_name", "spouse_name_mark",
)  # fmt: skip
_GUARDIAN = (
    "guardian_start", "guardian_name", "guardian_text_start", *(f"relation_text_{line}" for line in range(1, 6)),
)  # fmt: skip
_WHOLE_RECORD = None


def _parent(who: str) -> tuple[str, ...]:
    return tuple(
        f"{who}_{rest}"
        for rest in ("date", "date_uncertain", "birth_date", "birth_date_uncertain", "name", "name_mark")
    )


# by record type and the field with the relative's number: the other fields that tell of the relative
RELATIVES: Mapping[str, Mapping[str, tuple[str, ...] | None]] = {
    "012": {"spouse_pnr": _SPOUSE},
    "014": {"child_pnr": _WHOLE_RECORD},
    "015": {"mother_pnr": _parent("mother"), "father_pnr": _parent("father")},
    "016": {"holder_pnr": ("holder_start",)},
    "017": {"guardian_pnr": _GUARDIAN},
    "029": {"spouse_pnr": _SPOUSE},
    "031": {"relative_pnr": _WHOLE_RECORD},
    "032": {"relative_pnr": _WHOLE_RECORD},
    "033": {"relative_pnr": _WHOLE_RECORD},
    "052": {"guardian_pnr": _GUARDIAN},
}


def _fields(record_type: str, names: tuple[str, ...] | None) -> tuple[Field, ...] | None:
    return None if names is None else tuple(map(LAYOUTS[record_type].field, names))


_PLACES = {
    record_type: tuple(
        (LAYOUTS[record_type].field(number), _fields(record_type, others))
        for number, others in relatives.items()
    )
    for record_type, relatives in RELATIVES.items()
}


def relatives_numbers(records: str) -> Iterator[str]:
    """The numbers of relatives that stand in a person's records, one for each place."""
    for text in records.split("\n"):
        for number, _ in _PLACES.get(text[:3], ()):
            if found := number_or_none(text[number.slice]):
                yield found


def without_relatives(records: str, is_gone: Callable[[str], bool]) -> str:
    """The records (a line each, as stored) without the relatives whose numbers ``is_gone`` names; the same text if none is."""
    if not any(map(is_gone, relatives_numbers(records))):
        return records
    kept = (_without(text, is_gone) for text in records.split("\n"))
    return "\n".join(text for text in kept if text is not None)


def _without(text: str, is_gone: Callable[[str], bool]) -> str | None:
    for number, others in _PLACES.get(text[:3], ()):
        found = number_or_none(text[number.slice])
        if found is None or not is_gone(found):
            continue
        if others is None:
            return None
        for field in (number, *others):
            text = _emptied(text, field)
    return text


def _emptied(text: str, field: Field) -> str:
    padded = text.ljust(field.end)
    return f"{padded[: field.start - 1]}{field.empty * field.length}{padded[field.end :]}".rstrip(" ")
