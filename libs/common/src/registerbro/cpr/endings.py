"""How many persons a file could end or blank at most, told from the file alone, a record at a time.

A person is counted unless the records show that an import can neither set an end date nor take name or main address away:
not dead, named in full, living somewhere, and of one number only (persons who turn out to be one pass on what they lack).
A record that is rejected later makes the import silent on what it would have said, so that the bound holds. It holds for
files in which each person's records stand together; of others nobody can tell so cheaply.
"""

from registerbro.cpr.layouts import LAYOUTS

DEAD = b"90"
_NAMED, _PLACED = 1, 2
_SAFE = _NAMED | _PLACED


def _at(record_type: str, field: str) -> slice:
    return LAYOUTS[record_type].field(field).slice


_STATUS = _at("001", "status")
_CURRENT = _at("001", "current_pnr")
_FIRST_NAMES, _MIDDLE_NAME, _SURNAME = (
    _at("008", name) for name in ("first_names", "middle_name", "last_name")
)
_HOME = (_at("003", "standard_address"), _at("003", "locality"))
_MUNICIPALITY_OF_002 = _at("002", "municipality_code")
_MUNICIPALITY_OF_003 = _at("003", "municipality_code")
_BLANKS = b" \t\xa0"  # what text without its blanks has not
_NOTHING = b"0 "


class EndingBound:
    """Takes the records that tell (``TELLING``) in the order of the file; each 001 begins a person."""

    __slots__ = ("_count", "_is_open", "_seen")

    def __init__(self) -> None:
        self._count = 0
        self._is_open = False  # the person's 001 was seen and does not count it already
        self._seen = 0

    def take(self, record_type: bytes, data: bytes) -> None:
        """Looks at one record."""
        if record_type == b"001":
            self._begin(data)
        elif self._is_open:
            self._look(record_type, data)

    def total(self) -> int:
        """The persons that could be ended or blanked, once every record was taken."""
        return self._count + (self._is_open and self._seen & _SAFE != _SAFE)

    def _begin(self, data: bytes) -> None:
        self._count = self.total()
        self._seen = 0
        current = data[_CURRENT]
        self._is_open = data[_STATUS] != DEAD and (current == data[3:13] or not current.strip(_NOTHING))
        self._count += not self._is_open

    def _look(self, record_type: bytes, data: bytes) -> None:
        """What the first record of each type says, as the mapping reads it."""
        if record_type == b"022":
            self._is_open = False
            self._count += 1
            return
        bit, shows, says = _SAID[record_type]
        if not self._seen & bit:
            self._seen |= bit | (shows if says(data) else 0)


def _is_named(data: bytes) -> bool:
    first, middle, surname = data[_FIRST_NAMES], data[_MIDDLE_NAME], data[_SURNAME]
    return bool((first.strip(_BLANKS) or middle.strip(_BLANKS)) and surname.strip(_BLANKS))


def _has_home(data: bytes) -> bool:
    return any(data[field].strip(_BLANKS) for field in _HOME) or bool(
        data[_MUNICIPALITY_OF_003].strip(_NOTHING)
    )


def _has_municipality(data: bytes) -> bool:
    return bool(data[_MUNICIPALITY_OF_002].strip(_NOTHING))


_SAID = {
    b"008": (4, _NAMED, _is_named),
    b"003": (8, _PLACED, _has_home),
    b"002": (16, _PLACED, _has_municipality),
}
TELLING = frozenset({b"001", b"022", *_SAID})
