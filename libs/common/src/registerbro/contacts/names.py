"""How names sort in Danish, and what placeholders and persons without a number are called."""

import functools
import unicodedata

from registerbro.contacts.model import NameType, Role

# After z in the order of the "C" collation stand { | } ~: æ, ø and å are the last three letters of the alphabet.
_LETTERS = str.maketrans(
    {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "ü": "y", "ß": "ss", "đ": "d", "ð": "d", "þ": "th"}
)
PLACEHOLDER_NAME2 = "- ikke importeret"
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


def placeholder_name(number: str) -> str:
    """``name1`` of a person known by number only."""
    return f"Person med cprnr {number}"


def relation_text(role: str, owner_number: str) -> str:
    """``name2`` of a person without a number, as ``Far til 0101600000``."""
    return f"{role} til {owner_number}"


def is_person_without_number(name_type: str, owner_role: str | None) -> bool:
    """Whether the contact is known by its relation to another only."""
    return owner_role is not None and name_type != NameType.PERSON and owner_role in set(Role)
