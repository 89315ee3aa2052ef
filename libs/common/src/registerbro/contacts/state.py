"""A contact as the store has it, or will have it: what the merge compares and changes. Values only, no I/O."""

import dataclasses
import datetime as dt
from typing import Any, NamedTuple

from registerbro.contacts.layers import Layers

MAIN = "HA"
FORMER = "CPRADR"


class _AddressRow(NamedTuple):
    address_id: int | None  # None: not stored yet
    contact_id: int
    address_type: str
    address1: str = ""
    address2: str = ""
    address3: str = ""
    postcode: str = ""
    post_district: str = ""
    municipality: str = ""
    country_code: str = ""
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    protection: dt.date | None = None
    phone_no: str = ""
    fax: str = ""
    email: str = ""
    changed_by_hand: bool = False
    source: str | None = None


class Address(_AddressRow):
    """A row of ``address``, in the order of its columns; ``repr`` tells nothing of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Address {self.address_id}>"

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What makes it another address: street, locality, care-of, post code."""
        return self[3:7]

    @property
    def is_home(self) -> bool:
        """Whether it names a place at all: some tell no more than how somebody is reached."""
        return any(self[3:10])


class Reference(NamedTuple):
    """A row of ``contact_reference``, in the order of its columns."""

    contact_id: int
    role: str
    to_contact_id: int
    restrictor: str = ""
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    source: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What there can be one of for a contact."""
        return self[1:3]


class Numbering(NamedTuple):
    """Which number was said to be the current one, and when (a register time's key). The greatest one holds."""

    as_of: str
    number: str


class Subscription(NamedTuple):
    """What was last said of the subscription at the register."""

    as_of: str
    is_subscribed: bool


@dataclasses.dataclass(slots=True)
class SourceState:
    """What one register delivered for a contact."""

    layers: Layers
    numbering: Numbering
    subscription: Subscription
    subscribed: bool | None  # the wish; the merge only carries it along
    records: str = dataclasses.field(repr=False)
    digest: bytes | None
    last_delivered_at: dt.datetime | None
    last_changed_at: dt.datetime | None


@dataclasses.dataclass(slots=True, repr=False)
class Contact:
    """A contact's state. A copy may be given other values; the values themselves are never changed: states share them."""

    contact_id: int
    name_type: str
    name_code: str | None = None
    version: int = 0
    is_placeholder: bool = False
    fields: dict[str, Any] = dataclasses.field(default_factory=lambda: dict(NO_FIELDS))
    info: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    dates: dict[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)
    protections: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    addresses: tuple[Address, ...] = ()
    references: dict[tuple[str, int], Reference] = dataclasses.field(default_factory=dict)
    former_numbers: frozenset[str] = frozenset()
    hand_edited: frozenset[str] = frozenset()
    source: SourceState | None = None
    merged_into: int | None = None

    def copy(self) -> "Contact":
        """Another state with the same values, to be given others."""
        return Contact(
            self.contact_id, self.name_type, self.name_code, self.version, self.is_placeholder, self.fields, self.info,
            self.dates, self.protections, self.addresses, self.references, self.former_numbers, self.hand_edited,
            self.source, self.merged_into,
        )  # fmt: skip

    def address(self, address_type: str) -> Address | None:
        """The one address of a type that there can be one of."""
        return next((each for each in self.addresses if each.address_type == address_type), None)


NO_FIELDS: dict[str, Any] = {
    "name1": "", "name2": "", "text": "", "position": "", "start_date": None, "end_date": None
}  # fmt: skip
NO_SOURCE = SourceState(
    (), Numbering("", ""), Subscription("", is_subscribed=False), None, "", None, None, None
)
