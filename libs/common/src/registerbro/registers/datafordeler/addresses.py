"""An address row of CVR's, the same fields in REST and GraphQL, as our address."""

import datetime as dt

from registerbro.cvr import reading
from registerbro.cvr.units import UnitAddress
from registerbro.registers.datafordeler.fields import Node

FIELDS = (
    "coNavn",
    "CVRAdresse_adresseFritekst",
    "CVRAdresse_doerbetegnelse",
    "CVRAdresse_etagebetegnelse",
    "CVRAdresse_husnummerFra",
    "CVRAdresse_husnummerTil",
    "CVRAdresse_kommunekode",
    "CVRAdresse_landekode",
    "CVRAdresse_postboks",
    "CVRAdresse_postdistrikt",
    "CVRAdresse_postnummer",
    "CVRAdresse_supplerendeBynavn",
    "CVRAdresse_vejkode",
    "CVRAdresse_vejnavn",
)


_ROAD = "CVRAdresse_vejnavn"
_ON_A_ROAD = ("CVRAdresse_husnummerFra", "CVRAdresse_vejkode")


def whole(row: Node) -> Node:
    """A row as it came; any of its fields may be missing. Raises ``FieldUnusable`` where all are, or where a house lost its road."""
    if not any(name in row for name in FIELDS):
        raise row.unusable("has no field of an address")
    if _ROAD not in row and any(row.get(name).text() for name in _ON_A_ROAD):
        raise row.get(_ROAD).unusable("is missing")
    return row


def address_of(row: Node, since: dt.date | None) -> UnitAddress | None:
    """The address in a row, None where all its fields are empty."""
    text = {name.removeprefix("CVRAdresse_"): row.get(name).text() for name in FIELDS}
    if not any(text.values()):
        return None
    house = reading.house_number(text["husnummerFra"])
    country = text["landekode"].upper()
    return UnitAddress(
        road=text["vejnavn"],
        house_number_from=house,
        house_number_to=reading.house_number(text["husnummerTil"]),
        floor=text["etagebetegnelse"],
        door=text["doerbetegnelse"],
        locality=text["supplerendeBynavn"],
        free_text=text["adresseFritekst"],
        po_box=text["postboks"],
        care_of=reading.care_of(text["coNavn"], road=text["vejnavn"], house=house),
        postcode=reading.postcode(text["postnummer"], country),
        post_district=text["postdistrikt"],
        municipality_code=reading.padded(text["kommunekode"], 4),
        road_code=reading.padded(text["vejkode"], 4),
        country_code=country,
        since=since,
    )
