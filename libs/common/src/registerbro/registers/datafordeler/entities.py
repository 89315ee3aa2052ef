"""The entities of the GraphQL service that we read, and the questions about them.

The service allows one root field in an operation and no aliases, wants a filter on a key, lists of at most 100 values in it, and
gives pages of at most 1000 rows.
"""

import dataclasses
from collections.abc import Mapping

from registerbro.cvr.units import UnitKind
from registerbro.registers.datafordeler import addresses
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.sheets import KEYS, Topic

LIST_SIZE = 100
PAGE_SIZE = 1000
UNIT_ID = "CVREnhedsId"  # the same as ``id`` of companies and production units
_SINCE = "virkningFra"
_TIMES = (_SINCE, "virkningTil", "registreringTil")


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """A field that rows can be filtered on."""

    field: str
    type: str  # GraphQL's


@dataclasses.dataclass(frozen=True, slots=True)
class Entity:
    """A kind of row: what we read of it, and what of that the published schema has as never null."""

    name: str
    topic: Topic
    never_null: tuple[str, ...]
    fields: tuple[str, ...] = ()
    unit_id: str = UNIT_ID

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that we ask for; every row has them all."""
        return tuple(dict.fromkeys((self.unit_id, *self.never_null, *self.fields, *_TIMES)))

    def whole(self, row: Node) -> Node:
        """A row as it came. Raises ``FieldUnusable`` where a field is missing that was asked for, or null that never is.

        The service leaves nothing out that it was asked for: such a row was delivered in part.
        """
        for name in self.asked:
            if name not in row:
                raise row.get(name).unusable("is missing")
        for name in (*self.never_null, _SINCE):
            row.told(name)
        return row

    def question(self, key: Key, *, is_dated: bool, is_continued: bool) -> str:
        """Rows whose key is among ``$keys``: in force at ``$at``, or with all that were and will be; a page after ``$after``."""
        variables = (
            [f"$keys: [{key.type}!]"] + ["$at: DafDateTime"] * is_dated + ["$after: String"] * is_continued
        )
        arguments = (
            [f"first: {PAGE_SIZE}"] + ["virkningstid: $at"] * is_dated + ["after: $after"] * is_continued
        )
        arguments.append(f"where: {{{key.field}: {{in: $keys}}}}")
        selection = " ".join(self.asked)
        return (
            f"query({', '.join(variables)}) {{ {self.name}({', '.join(arguments)})"
            f" {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {selection} }} }} }}"
        )


OWN: Mapping[UnitKind, Entity] = {
    UnitKind.COMPANY: Entity(
        "CVR_Virksomhed",
        Topic.UNIT,
        ("id", "status", "virksomhedStartdato"),
        ("CVRNummer", "virksomhedOphoersdato"),
        "id",
    ),
    UnitKind.PRODUCTION_UNIT: Entity(
        "CVR_Produktionsenhed",
        Topic.UNIT,
        ("id", "status", "produktionsenhedStartdato"),
        ("pNummer", "produktionsenhedOphoersdato", "tilknyttetVirksomhedsCVRNummer"),
        "id",
    ),
}
NAME = Entity("CVR_Navn", Topic.NAME, ("vaerdi",), ("sekvens",))
ADDRESS = Entity("CVR_Adressering", Topic.ADDRESS, ("AdresseringAnvendelse",), addresses.FIELDS)
OF_BOTH = (  # not CVR_Telefaxnummer: the published schema has no filter by which a unit's rows could be asked for
    NAME,
    ADDRESS,
    Entity("CVR_Telefonnummer", Topic.PHONE, ("vaerdi",)),
    Entity("CVR_e_mailadresse", Topic.EMAIL, ("vaerdi",)),
    Entity("CVR_Branche", Topic.INDUSTRY, ("vaerdi", "vaerdiTekst"), ("sekvens",)),
    Entity("CVR_Reklamebeskyttelse", Topic.ADVERTISING, ("vaerdi",)),
)
OF_COMPANIES = (
    Entity("CVR_Virksomhedsform", Topic.FORM, ("vaerdi", "vaerdiTekst")),
    Entity("CVR_Kreditoplysninger", Topic.CREDIT, ("Kreditoplysning", "kreditoplysningstekst")),
)
PARTS: Mapping[UnitKind, tuple[Entity, ...]] = {
    UnitKind.COMPANY: OF_BOTH + OF_COMPANIES,
    UnitKind.PRODUCTION_UNIT: OF_BOTH,
}
BY_UNIT = Key(UNIT_ID, "String")
BY_ID = Key("id", "String")
BY_NAME = Key("vaerdi", "String")
BY_NUMBER: Mapping[UnitKind, Key] = {kind: Key(keys.number, "Long") for kind, keys in KEYS.items()}
BY_COMPANY = Key("tilknyttetVirksomhedsCVRNummer", "Long")
