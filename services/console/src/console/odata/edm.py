"""The terms in which the entity model is written down (OData v4, part 3: CSDL)."""

import dataclasses
import enum
from collections.abc import Mapping

from registerbro.auth import Scope

MICROSECONDS = 6  # the precision of times


class Edm(enum.StrEnum):
    """Primitive types."""

    STRING = "Edm.String"
    BOOLEAN = "Edm.Boolean"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    DATE = "Edm.Date"
    TIME = "Edm.DateTimeOffset"
    GUID = "Edm.Guid"
    DOUBLE = "Edm.Double"  # of literals only


class Guard(enum.Enum):
    """Who sees a property."""

    OPEN = "everyone who may read the entity set"
    PROTECTED = "of a protected person, only who has protected:read"
    RAW = "of anybody, only who has protected:read"


@dataclasses.dataclass(frozen=True, slots=True)
class Shortcut:
    """What a comparison of a property implies of stored columns, so that an index finds the rows before the comparison itself.

    ``equals`` holds whenever the property equals ``{value}``. ``column`` is the stored text of the property and ``folded``
    its lower case; both serve equality and beginnings, where ``given`` holds as well. None of it is said of values that
    begin like one of ``unless``: those may be rendered.
    """

    equals: str = ""
    column: str = ""
    folded: str = ""
    given: str = ""
    unless: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Property:
    """A property with one value.

    ``sql`` is its expression over the row ``{t}``, the row ``{c}`` of a collection, and the Danish day ``{day}``. A value
    may be null if it is ``nullable`` or hidden from somebody. ``hidden_if`` narrows down which values are protected.
    """

    name: str
    type: Edm
    sql: str
    nullable: bool = False
    guard: Guard = Guard.OPEN
    hidden_if: str = ""
    shortcut: Shortcut | None = None

    @property
    def may_be_null(self) -> bool:
        """Whether somebody may see null in its place."""
        return self.nullable or self.guard is not Guard.OPEN


@dataclasses.dataclass(frozen=True, slots=True)
class Collection:
    """A property with many values, rows ``{c}`` of ``source`` that are as ``condition`` says: primitive ones of ``item``, or
    complex ones of ``type_name``.
    """

    name: str
    source: str
    order: str
    condition: str = "true"
    item: Property | None = None
    type_name: str = ""
    fields: tuple[Property, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Navigation:
    """A way from rows ``{t}`` of one entity set to rows ``{to}`` of another."""

    name: str
    target: str
    join: str
    is_many: bool = True
    partner: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class EntitySet:
    """Rows ``{t}`` of ``source``, as clients see them.

    ``guarded_by`` joins the contact ``{t}_c`` that the protected properties belong to; in ``Contacts`` it is the row itself.
    ``listed`` is what rows must be to stand in lists; by key all are found. ``contact_ids`` are the columns with the contacts
    that a row tells of: their readers state a purpose, as those do who read ``tells_of_accesses``. ``etag`` is the column with
    the row's version. Rows that are asked for by a lower bound of ``progress`` come in its order if the client names none: who
    follows changes gets them as they came.
    """

    name: str
    type_name: str
    source: str
    key: tuple[str, ...]
    scope: Scope
    properties: tuple[Property, ...]
    collections: tuple[Collection, ...] = ()
    navigations: tuple[Navigation, ...] = ()
    guarded_by: str = ""
    guard_row: str = "{t}_c"
    listed: str = ""
    contact_ids: tuple[str, ...] = ()
    tells_of_accesses: bool = False
    etag: str = ""
    progress: str = ""
    search: str = ""

    @property
    def by_name(self) -> Mapping[str, Property | Collection | Navigation]:
        """Everything that a path may name."""
        named: dict[str, Property | Collection | Navigation] = {each.name: each for each in self.properties}
        return (
            named
            | {each.name: each for each in self.collections}
            | {each.name: each for each in self.navigations}
        )

    @property
    def keys(self) -> tuple[Property, ...]:
        """The properties of the key."""
        named = {each.name: each for each in self.properties}
        return tuple(named[name] for name in self.key)

    @property
    def is_personal(self) -> bool:
        """Whether its rows tell of contacts, or who looked at them, so that their readers state a purpose and are audited."""
        return bool(self.contact_ids) or self.tells_of_accesses
