"""How names sort in Danish, and what placeholders and persons without a number are called."""

import functools
import unicodedata
from collections.abc import Mapping

from registerbro.contact_types import Validation

# After z in the order of the "C" collation stand { | } ~: æ, ø and å are the last three letters of the alphabet.
_LETTERS = str.maketrans(
    {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "ü": "y", "ß": "ss", "đ": "d", "ð": "d", "þ": "th"}
)
PLACEHOLDER_NAME2 = "- ikke importeret"
_CALLED: Mapping[str, str] = {
    Validation.LEGAL_UNIT: "Virksomhed med CVR-nr.",
    Validation.PRODUCTION_UNIT: "Produktionsenhed med P-nr.",
}
WITHOUT_NUMBER_TEXT = "Person fra CPR uden cprnr"


@functools.lru_cache(maxsize=8192)
def _sortable(name: str) -> str:
    letters = name.casefold().replace("aa", "å").translate(_LETTERS)
    if letters.isascii():
        return letters
    return "".join(mark for mark in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(mark))


def sort_key(name1: str, name2: str) -> str:
    """What contacts are ordered by: the surname, then the first names; æ, ø, å last and aa as å."""
    return f"{_sortable(name2)} {_sortable(name1)}" if name2 else _sortable(name1)


def placeholder_name(number: str, validation: str | None) -> str:
    """``name1`` of a contact known by number only, whose type has that validation."""
    return f"{_CALLED.get(validation or '', 'Person med cprnr')} {number}"


def is_public(validation: str | None) -> bool:
    """Whether numbers of that validation are no secret: CVR's are published."""
    return validation in _CALLED


def relation(role: str, owner_number: str) -> str:
    """``name2`` of a person without a number: ``Far til``, ``Mor til`` or ``Værge til`` and whose."""
    return f"{role} til {owner_number}"
