"""What the register holds: bitemporal rows of entities, named and shaped as Datafordeleren publishes them (CVR version 2)."""

import dataclasses
import datetime as dt
import enum
import functools
import uuid
from collections.abc import Mapping
from hashlib import blake2b
from typing import TypeAlias

Value: TypeAlias = str | bool | int | None


class Entity(enum.StrEnum):
    """The entities, by the names that events have; GraphQL's field is ``CVR_`` and the name with ``_`` for ``-``."""

    UNIT = "CVREnhed"
    COMPANY = "Virksomhed"
    PRODUCTION_UNIT = "Produktionsenhed"
    NAME = "Navn"
    ADDRESS = "Adressering"
    PHONE = "Telefonnummer"
    FAX = "Telefaxnummer"
    EMAIL = "e-mailadresse"
    INDUSTRY = "Branche"
    FORM = "Virksomhedsform"
    ADVERTISING_PROTECTION = "Reklamebeskyttelse"
    CREDIT = "Kreditoplysninger"
    DATA_SUPPLIER = "AnsvarligDataleverandoer"


MASTERS = frozenset({Entity.UNIT, Entity.COMPANY, Entity.PRODUCTION_UNIT})
"""Rows that say that a unit exists; GraphQL calls their key ``id``, that of all others ``CVREnhedsId``."""

_MOST_ROWS = 1 << 14  # of one unit
_PLACED = (1 << 48) - 1  # the bits that say which row it is

LOCATION, POSTAL = "beliggenhedsadresse", "postadresse"


class Action(enum.StrEnum):
    """What an event says was done with a row."""

    INSERTED = "i"
    UPDATED = "u"
    DELETED = "d"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row. ``values`` are the entity's own fields by their published names, numbers as text.

    In force from ``virkning_fra`` until before ``virkning_til``; known from ``registrering_fra`` until before
    ``registrering_til``. ``number`` counts the rows of one unit. A secret row is never published.
    """

    entity: Entity
    object_id: str
    number: int
    values: Mapping[str, Value]
    virkning_fra: dt.date
    virkning_til: dt.date | None
    registrering_fra: dt.datetime
    registrering_til: dt.datetime | None
    sequence: int  # datafordelerRegisterImportSequenceNumber
    updated: dt.datetime  # datafordelerOpdateringstid
    version: int = 1  # datafordelerRowVersion
    is_secret: bool = False

    @property
    def row_id(self) -> uuid.UUID:
        """``datafordelerRowId``: the same for all versions of a row."""
        return _row_id(self.object_id, self.number)

    @property
    def slot(self) -> str:
        """What only one row in force can be for: which address, or which place in a list."""
        return slot_of(self.entity, self.values)

    @property
    def is_known(self) -> bool:
        """Whether it is what the register says today, about whatever time."""
        return self.registrering_til is None

    def is_in_force(self, day: dt.date) -> bool:
        """Whether it is about this day."""
        return self.virkning_fra <= day and (self.virkning_til is None or day < self.virkning_til)

    def is_known_at(self, moment: dt.datetime) -> bool:
        """Whether it was what the register said at this time."""
        return self.registrering_fra <= moment and (
            self.registrering_til is None or moment < self.registrering_til
        )


def slot_of(entity: Entity, values: Mapping[str, Value]) -> str:
    """See ``Row.slot``."""
    match entity:
        case Entity.ADDRESS:
            return str(values["AdresseringAnvendelse"])
        case Entity.NAME | Entity.INDUSTRY:
            return str(values["sekvens"])
        case _:
            return ""


def owner_of(row_id: uuid.UUID) -> str | None:
    """The object id of the unit that has a row, or had it; None if no unit can have a row of this id."""
    number = row_id.time_low << 16 | row_id.time_mid
    object_id, place = divmod(number ^ (row_id.int & _PLACED), _MOST_ROWS)
    return str(object_id) if row_id == _row_id(str(object_id), place) else None


@functools.lru_cache(maxsize=65_536)
def _row_id(object_id: str, number: int) -> uuid.UUID:
    """Unit and number, so that they can be found again, under a mask that makes it look like any other id."""
    mask = int.from_bytes(blake2b(f"{object_id} {number}".encode(), digest_size=16).digest())
    shown = (int(object_id) * _MOST_ROWS + number) ^ (mask & _PLACED)
    return uuid.UUID(int=shown << 80 | mask & (1 << 80) - 1, version=4)
