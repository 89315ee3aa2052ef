"""The port that every provider of CVR's data has an adapter for: looking units up, and hearing what changed.

Every method raises ``errors.RegisterError``; a unit that the register does not know is None, never an error.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Hit, ObjectId, Part, Unit, UnitKind
from registerbro.registers.errors import RegisterError


class Provider(enum.StrEnum):
    """Who delivers CVR's data."""

    DATAFORDELER_REST = "datafordeler-rest"
    DATAFORDELER_GRAPHQL = "datafordeler-graphql"
    KMD_LOGIC = "kmd-logic"


class NameSearch(enum.StrEnum):
    """How far a provider can search by name."""

    NONE = "none"
    EXACT = "exact"  # the whole name, in its very letters
    PREFIX = "prefix"


@dataclasses.dataclass(frozen=True, slots=True)
class Hits:
    """One page of a search; ``has_more`` says whether there is a next one."""

    hits: tuple[Hit, ...]
    has_more: bool


Found: TypeAlias = Unit | RegisterError | None


class Lookup(Protocol):
    """Looks units up as they are today (Danish); of a ceased unit the last state it had."""

    @property
    def provider(self) -> Provider:
        """Who is asked."""

    @property
    def name_search(self) -> NameSearch:
        """How far it can search by name."""

    @property
    def most_at_once(self) -> int:
        """How many units one call of ``find_many`` costs the register about as much as one; 1: it has no bulk."""

    def delivers(self, kind: UnitKind) -> frozenset[Part]:
        """What it can deliver of a kind of unit."""

    async def find(self, number: UnitNumber) -> Unit | None:
        """The unit with a number."""

    async def find_by_id(self, kind: UnitKind, object_id: ObjectId) -> Unit | None:
        """The unit with the provider's own id."""

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        """Units by number, each with what became of it: one that fails does not spoil the others.

        Raises only what concerns all of them, as a refused token.
        """

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        """The numbers of a company's production units in force today; none for a company that is not known."""

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """Units of both kinds by name; ``page`` counts from 1. Raises ``SearchNotSupported`` where it cannot."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChangeEvent:
    """That something about a unit changed; what, is asked for anew. A ``d`` or *Ophoert* never means that it ceased."""

    object_id: ObjectId
    about: str  # as delivered: Navn, Branche, CVR_Adressering, …
    action: str  # as delivered
    at: dt.datetime  # UTC
    effective_on: dt.date | None = None  # when it takes effect, where that is told; None: at once


@dataclasses.dataclass(frozen=True, slots=True)
class FeedPage:
    """Some events, in any order, with duplicates; ``position`` is where reading goes on once they are applied."""

    events: tuple[ChangeEvent, ...]
    position: str
    until: dt.datetime  # UTC: everything before it was read, as far as the provider tells


class Feed(Protocol):
    """Hears what changed. Reading again from an older position is harmless, and gives events again."""

    @property
    def provider(self) -> Provider:
        """Who is asked."""

    @property
    def selects(self) -> bool:
        """Whether the provider tells only of subscribed units; otherwise it tells of all, and the caller selects."""

    async def beginning(self, now: dt.datetime) -> str:
        """The position to start from when nothing was read before: now."""

    def pages(self, position: str, now: dt.datetime) -> AsyncIterator[FeedPage]:
        """What happened since a position, page by page; at least one page, perhaps without events.

        Raises ``FeedGap`` where the provider no longer keeps what came after the position, ``PositionUnusable`` where it is
        another provider's.
        """

    async def subscribe(self, object_id: ObjectId) -> None:
        """Asks for events about a unit; one that is subscribed already stays so. Does nothing where it ``selects`` not."""

    async def unsubscribe(self, object_id: ObjectId) -> None:
        """Asks for no more events about a unit; one that is not subscribed is no error."""
