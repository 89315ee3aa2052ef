"""CVR's entities at Datafordeleren: columns with their types, what can be filtered, and what must be. One table says it all.

Names and types are those of CVR's published GraphQL schema, version 2. A type that ends in ``!`` is never null.
"""

import dataclasses
from collections.abc import Mapping

MOST_IN_LIST = 100
LONGEST_PAGE = 1000
DATED = "virkningstid"

TECHNICAL = {
    "datafordelerOpdateringstid": "DafDateTime",
    "datafordelerRegisterImportSequenceNumber": "Int!",
    "datafordelerRowId": "UUID!",
    "datafordelerRowVersion": "Int!",
    "feltliste": "String",
}
BITEMPORAL = {
    "registreringFra": "DafDateTime!",
    "registreringsaktoer": "String!",
    "registreringTil": "DafDateTime",
    "virkningFra": "LocalDate!",
    "virkningsaktoer": "String!",
    "virkningTil": "LocalDate",
}
_ALWAYS_FILTERED = (
    "datafordelerRegisterImportSequenceNumber",
    "datafordelerRowId",
    "datafordelerRowVersion",
)
_BEGINNINGS = ("registreringFra", "virkningFra")
_ALL_TIMES = ("datafordelerOpdateringstid", *_BEGINNINGS, "registreringTil", "virkningTil")
_ADDRESS = (
    "adresseFritekst",
    "doerbetegnelse",
    "etagebetegnelse",
    "husnummerFra",
    "husnummerTil",
    "kommunekode",
    "kommunenavn",
    "landekode",
    "postboks",
    "postdistrikt",
    "postnummer",
    "supplerendeBynavn",
    "vejkode",
    "vejnavn",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Entity:
    """One entity, a row of which tells one thing about one unit."""

    name: str  # without the register's prefix, as in events: Navn, e-mailadresse
    columns: Mapping[str, str]  # with their GraphQL types
    filters: tuple[str, ...]
    keys: tuple[str, ...]  # a query filters by one of them, or is refused
    is_dated: bool = True  # takes ``virkningstid``

    @property
    def field(self) -> str:
        """The name in GraphQL."""
        return f"CVR_{self.name.replace('-', '_')}"


def _of_unit(
    name: str, columns: Mapping[str, str], *filters: str, keys: tuple[str, ...] = ("CVREnhedsId",)
) -> Entity:
    return Entity(
        name,
        {"CVREnhedsId": "String!", **TECHNICAL, **BITEMPORAL, **columns},
        (*_ALWAYS_FILTERED, *filters),
        ("datafordelerRowId", *keys),
    )


def _unit(name: str, number: str, columns: Mapping[str, str], *filters: str) -> Entity:
    keys = ("id", number, *(("tilknyttetVirksomhedsCVRNummer",) if name == "Produktionsenhed" else ()))
    return Entity(
        name,
        {"id": "String!", number: "Long", "status": "String!", **TECHNICAL, **BITEMPORAL, **columns},
        (*_ALWAYS_FILTERED, *keys, *_ALL_TIMES, *filters),
        ("datafordelerRowId", *keys),
    )


_VALUE = {"vaerdi": "String!"}
_CODED = {"vaerdi": "String!", "vaerdiTekst": "String!"}

COMPANY = _unit(
    "Virksomhed",
    "CVRNummer",
    {"virksomhedOphoersdato": "LocalDate", "virksomhedStartdato": "LocalDate!"},
    "virksomhedOphoersdato",
    "virksomhedStartdato",
)
PRODUCTION_UNIT = _unit(
    "Produktionsenhed",
    "pNummer",
    {
        "produktionsenhedOphoersdato": "LocalDate",
        "produktionsenhedStartdato": "LocalDate!",
        "tilknyttetTilVirksomhedOphoersdato": "LocalDate",
        "tilknyttetTilVirksomhedStartdato": "LocalDate!",
        "tilknyttetVirksomhedsCVRNummer": "Long",
    },
    "produktionsenhedOphoersdato",
    "produktionsenhedStartdato",
)
UNIT = Entity(
    "CVREnhed",
    {
        "enhedsType": "String!",
        "forretningsnoegle": "String!",
        "forretningsnoegletype": "String!",
        "id": "String!",
        "status": "String!",
        **TECHNICAL,
    },
    (*_ALWAYS_FILTERED, "forretningsnoegle", "id"),
    ("datafordelerRowId", "forretningsnoegle", "id"),
    is_dated=False,
)
NAME = _of_unit(
    "Navn",
    {"sekvens": "Long", **_VALUE},
    "CVREnhedsId",
    "vaerdi",
    *_ALL_TIMES,
    keys=("CVREnhedsId", "vaerdi"),
)
ADDRESS = _of_unit(
    "Adressering",
    {
        "Adresse": "String",
        "AdresseringAnvendelse": "String!",
        "coNavn": "String",
        **{f"CVRAdresse_{part}": "String" for part in _ADDRESS},
    },
    "Adresse",
    "AdresseringAnvendelse",
    "CVREnhedsId",
    *_ALL_TIMES,
)
PHONE = _of_unit("Telefonnummer", _VALUE, "CVREnhedsId", *_BEGINNINGS)
FAX = _of_unit("Telefaxnummer", _VALUE, keys=())  # the published schema has no filter by unit here
EMAIL = _of_unit("e-mailadresse", _VALUE, "CVREnhedsId", *_BEGINNINGS)
INDUSTRY = _of_unit(
    "Branche", {"sekvens": "Long", **_CODED}, "CVREnhedsId", "sekvens", "vaerdi", *_BEGINNINGS
)
FORM = _of_unit("Virksomhedsform", _CODED, "CVREnhedsId", *_BEGINNINGS)
PROTECTION = _of_unit("Reklamebeskyttelse", {"vaerdi": "Boolean!"}, "CVREnhedsId", *_ALL_TIMES)
CREDIT = _of_unit(
    "Kreditoplysninger",
    {
        "Kreditoplysning": "String!",
        "kreditoplysningstekst": "String!",
        "statusvaerdi": "String!",
        "statusvaerdiTekst": "String!",
    },
    "CVREnhedsId",
    *_BEGINNINGS,
)
SUPPLIER = _of_unit("AnsvarligDataleverandoer", _CODED, "CVREnhedsId", *_BEGINNINGS)

ENTITIES = (
    COMPANY,
    PRODUCTION_UNIT,
    UNIT,
    NAME,
    ADDRESS,
    PHONE,
    FAX,
    EMAIL,
    INDUSTRY,
    FORM,
    PROTECTION,
    CREDIT,
    SUPPLIER,
)

EVENTS = Entity(
    "Events",
    {
        "datafordelerOpdateringstid": "DafDateTime",
        "datafordelerRegisterImportSequenceNumber": "Int!",
        "entityname": "String!",
        "eventaction": "Char!",
        "eventid": "Long!",
        "fromfailedimport": "Boolean!",
        "object_datafordelerRowId": "UUID!",
        "object_datafordelerRowVersion": "Int!",
        "object_id": "String",
        "object_registreringfra": "DafDateTime",
        "object_registreringtil": "DafDateTime",
        "object_status": "String",
        "object_virkningfra": "LocalDate",
        "object_virkningtil": "LocalDate",
    },
    (
        "datafordelerOpdateringstid",
        "datafordelerRegisterImportSequenceNumber",
        "entityname",
        "eventaction",
        "eventid",
        "object_id",
        "object_status",
    ),
    (),
    is_dated=False,
)
"""What happened to rows; needs no key."""
