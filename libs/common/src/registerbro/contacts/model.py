"""What a register says of a contact, in the store's own terms: what mapping makes and the merge takes.

Plain values without driver or framework; the mapping of CPR and of CVR both end here. What holds personal data shows
only its type in ``repr``, so that no log and no traceback tells them.
"""

import dataclasses
import datetime as dt
import enum
import functools
from collections.abc import Mapping

SOURCE_CPR = "CPR"
SOURCE_CVR = "CVR-J"


CURRENT_NUMBER_LABEL = "GældendePNR"  # the info label that repeats the contact's current number
STATUS_DATE_LABEL = "Statusfra"
FORM_LABEL, FORM_CODE_LABEL = "Virksomhedsform", "Virksomhedsformkode"
STATUS_LABEL = "Virksomhedsstatus"
CREDIT_LABEL = "Kreditoplysning"
ADVERTISING_LABEL = "Reklamebeskyttet"  # ja, nej; absent: no source has told
# of one length and in one order, the main industry first: codes, their texts, and the classifications that they belong to
INDUSTRY_LABELS = ("Branche", "Branchetekst", "Branchekode-udgave")
MAIN_INDUSTRY, SECONDARY_INDUSTRIES, CLASSIFICATION = "main", "secondary", "classification"


class _Discreet:
    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class NameType(enum.StrEnum):
    """The vendor's contact types."""

    PERSON = "C"
    PERSON_WITHOUT_NUMBER = "P"
    COMPANY = "J"
    PRODUCTION_UNIT = "V"


class Role(enum.StrEnum):
    """Roles of the group *part*: what ``to`` is of ``from``."""

    SPOUSE = "Ægtefælle"
    FATHER = "Far"
    MOTHER = "Mor"
    CHILD = "Barn"
    CUSTODY = "Forældremyndighed"
    GUARDIAN = "Værge"
    COMPANY = "Virksomhed"


PARENTS = "Forældre"  # the restrictor of Far and Mor


class Channel(enum.IntEnum):
    """How a delivery came. On one date the batch delivery wins, because its change is not delivered again."""

    ONLINE = 0
    BATCH = 1


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class RegisterTime:
    """When a register said something: a total order over all deliveries, compared field by field."""

    date: dt.date  # the production date, Danish
    channel: Channel
    task: str
    fetched: dt.datetime  # UTC

    @property
    def key(self) -> str:
        """The same order as text: keys compare as the register times do."""
        return _key(self)

    @classmethod
    def from_key(cls, key: str) -> "RegisterTime":
        """The register time whose ``key`` this is."""
        date, channel, rest = key.split(" ", 2)
        task, fetched = rest.rsplit(" ", 1)
        return cls(
            dt.date.fromisoformat(date), Channel(int(channel)), task, dt.datetime.fromisoformat(fetched)
        )


@functools.lru_cache(maxsize=1024)
def _key(time: RegisterTime) -> str:
    fetched = time.fetched.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return f"{time.date.isoformat()} {time.channel:d} {time.task} {fetched}"


class Precision(enum.StrEnum):
    """How much of a date the register knows."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    MINUTE = "minute"


@dataclasses.dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as the register knows it: ``value`` is ISO 8601, cut at ``precision`` (Danish local time)."""

    value: str
    precision: Precision
    uncertain: bool = False

    def as_date(self) -> dt.date | None:
        """The date, or None where month or day is not known."""
        return dt.date.fromisoformat(self.value[:10]) if len(self.value) >= 10 else None


@dataclasses.dataclass(frozen=True, slots=True)
class Protection:
    """A protection of record 004: ``kind`` as in the register (0001 name and address), in force from start to end."""

    kind: str
    start: dt.date | None
    end: dt.date | None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class MappedAddress(_Discreet):
    """An address as delivered; None for a field means that the source does not know that field.

    ``is_cut``: the source has no room for what may stand behind street and house number, as a floor.
    """

    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    postcode: str | None = None
    post_district: str | None = None
    municipality: str | None = None
    country_code: str | None = None
    start_date: dt.date | None = None
    protection: dt.date | None = None
    phone_no: str | None = None
    fax: str | None = None
    email: str | None = None
    is_cut: bool | None = None


ADDRESS_COLUMNS = tuple(each.name for each in dataclasses.fields(MappedAddress) if each.name != "is_cut")
REACH = frozenset({"phone_no", "fax", "email"})  # what passes from an old main address to the new one
PLACE_COLUMNS = frozenset(ADDRESS_COLUMNS) - REACH


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class MappedReference(_Discreet):
    """A reference to another contact: by number (a placeholder if not in the store), or by name within its owner."""

    role: Role
    name_type: str
    number: str | None = None
    name: str | None = None
    restrictor: str = ""
    start_date: dt.date | None = None
    end_date: dt.date | None = None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class MappedContact(_Discreet):
    """One delivery about one contact.

    A field, label, address type or role that is not in ``delivers`` stays as it is in the store; one that is in it and
    has no value here is cleared. ``delivers`` holds column names (``name1``), ``info:<label>``, ``date:<label>``,
    ``address:<type>`` and ``reference:<role>``, and ``protections``; of what is delivered in part ``address:<type>.<column>``,
    and of ``INDUSTRY_LABELS`` ``industries:main`` for the first values, ``industries:secondary`` for the others, and
    ``industries:classification`` for the last label.
    """

    source: str
    name_type: str
    number: str
    current_number: str | None  # set when ``number`` is no longer the current one
    former_numbers: tuple[str, ...]
    register_time: RegisterTime
    delivers: frozenset[str]
    fields: Mapping[str, str | dt.date | None]  # name1, name2, text, position, start_date, end_date
    info: Mapping[str, tuple[str, ...]]
    dates: Mapping[str, tuple[PartialDate, ...]]
    addresses: Mapping[str, MappedAddress]  # HA, KONTAKT
    references: tuple[MappedReference, ...]
    protections: tuple[Protection, ...]
    records: str  # as delivered, a record a line, trailing blanks cut
    digest: bytes  # of the records that say something about the person (099 is not among them)
    subscribed: bool | None = None  # what the delivery itself says: A45 true, 997 false, otherwise None
    subscription_time: RegisterTime | None = (
        None  # when it was so, where that is another time than the data's
    )

    @property
    def is_full(self) -> bool:
        """Whether it is about a number in use; otherwise it is there to link the number to the current one."""
        return self.current_number is None

    @property
    def stated_number(self) -> str:
        """The number that the delivery says is the current one."""
        return self.current_number or self.number


class Outcome(enum.StrEnum):
    """What became of one delivery."""

    CREATED = "created"
    FILLED = "filled"  # a placeholder became an imported contact
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # newer, with equal content
    NOT_NEWER = "not-newer"
    LINKED = "linked"  # about a number no longer in use: the number was linked to its contact
    NOT_IMPORTED = "not-imported"
    NOT_SUBSCRIBED = "not-subscribed"
    ERASED = "erased"


@dataclasses.dataclass(frozen=True, slots=True)
class MergePolicy:
    """How a merge treats what it meets."""

    may_create: bool = False  # an import or an initial load; otherwise only imported contacts are touched
    may_adopt: bool = False  # contacts made by hand as well, though no register delivered them before
    marks_subscribed: bool = False
    requires_subscription: bool = True  # batch: only contacts that are subscribed
    force_update: bool = True  # ForceUpdate=J: the register overrides what a user changed by hand


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What the merge did with the delivery at the same index of its input."""

    outcome: Outcome
    contact_id: int | None  # None where nothing is stored, also in a plan that would create the contact
    groups: tuple[str, ...] = ()  # what changed in a contact that was there before; see ``groups.GROUPS``
    is_ending: bool = False  # the contact got an end date, or lost its name or its main address
