"""Companies that exist under numbers that people know: public master data, written down by hand, and numbers used for tryouts.

P-number 1003387453 is what the vendor's guide searches for; 35533729, 29189757, 1089377672 and 1022367521 are the numbers
that KMD Logic's fake provider knows. What stands behind the latter is made up.
"""

import dataclasses
import datetime as dt

from registerbro_sandbox.companies import making
from registerbro_sandbox.companies.rows import LOCATION, Entity
from registerbro_sandbox.companies.unit import CvrUnit, Kind
from registerbro_sandbox.companies.words import INDUSTRIES, Form, Trade


@dataclasses.dataclass(frozen=True, slots=True)
class _Sample:
    kind: Kind
    number: str
    object_id: str
    name: str
    road: str
    road_code: str
    house: str
    postcode: str
    district: str
    municipality: str
    phone: str
    email: str
    trade: Trade
    start: dt.date
    company: str = ""


_BY_CODE = {trade.new: trade for trade in INDUSTRIES}
_SHARES = Form("60", "Aktieselskab", "A/S")
_LIMITED = Form("80", "Anpartsselskab", "ApS")
_KMD = "26911745"
_SAMPLES = (
    _Sample(
        Kind.COMPANY, _KMD, "4900000001", "KMD A/S", "Lautrupparken", "0392", "40", "2750", "Ballerup", "0151",
        "44601000", "info@kmd.example", _BY_CODE["621000"], dt.date(2002, 11, 28),
    ),
    _Sample(
        Kind.PRODUCTION_UNIT, "1003387453", "4900000002", "KMD A/S - Ballerup", "Lautrupparken", "0392", "40", "2750",
        "Ballerup", "0151", "44601000", "info@kmd.example", _BY_CODE["621000"], dt.date(1999, 9, 1), _KMD,
    ),
    _Sample(
        Kind.COMPANY, "35533729", "4900000003", "Prøvefirmaet Fast ApS", "Skolebakken", "7437", "12", "8000", "Aarhus C",
        "0751", "86100100", "fast@firma.example", _BY_CODE["702000"], dt.date(2013, 10, 1),
    ),
    _Sample(
        Kind.PRODUCTION_UNIT, "1089377672", "4900000004", "Prøvefirmaet Fast - Værksted", "Havnegade", "2795", "3", "8000",
        "Aarhus C", "0751", "86100101", "vaerksted@firma.example", _BY_CODE["254000"], dt.date(2014, 2, 1), "35533729",
    ),
    _Sample(
        Kind.COMPANY, "29189757", "4900000005", "Prøvefirmaet Løs ApS", "Torvegyde", "7648", "7", "5000", "Odense C",
        "0461", "65100100", "", _BY_CODE["841100"], dt.date(2006, 1, 1),
    ),
    _Sample(
        Kind.PRODUCTION_UNIT, "1022367521", "4900000006", "Prøvefirmaet Løs - Kontor", "Torvegyde", "7648", "9", "5000",
        "Odense C", "0461", "", "", _BY_CODE["841100"], dt.date(2017, 5, 1), "29189757",
    ),
)  # fmt: skip
UNITS_OF = {
    sample.number: tuple(each.object_id for each in _SAMPLES if each.company == sample.number)
    for sample in _SAMPLES
    if not sample.company
}
"""The object ids of the production units that each of these companies has, by CVR number."""
ID_OF = {sample.number: sample.object_id for sample in _SAMPLES}
NAME_OF = {sample.object_id: sample.name for sample in _SAMPLES}
_BY_ID = {sample.object_id: sample for sample in _SAMPLES}


def sample(object_id: str) -> CvrUnit | None:
    """One of these units as it began."""
    found = _BY_ID.get(object_id)
    return _made(found) if found else None


def _made(sample: _Sample) -> CvrUnit:
    unit = CvrUnit(sample.kind, sample.number, sample.object_id)
    since = sample.start
    values: list[tuple[Entity, making.Values]] = [
        (Entity.UNIT, making.unit_values(unit)),
        (unit.master, _master(sample)),
        (Entity.NAME, {"vaerdi": sample.name, "sekvens": "0"}),
        (Entity.ADDRESS, _address(sample)),
        (Entity.ADVERTISING_PROTECTION, {"vaerdi": sample.number == _KMD}),
        (Entity.DATA_SUPPLIER, {"vaerdi": "ES", "vaerdiTekst": "Erhvervsstyrelsen"}),
    ]
    values += [(Entity.PHONE, {"vaerdi": sample.phone})] if sample.phone else []
    values += [(Entity.EMAIL, {"vaerdi": sample.email})] if sample.email else []
    if sample.kind is Kind.COMPANY:
        form = _SHARES if sample.name.endswith("A/S") else _LIMITED
        values.append((Entity.FORM, {"vaerdi": form.code, "vaerdiTekst": form.text}))
    rows: list[making.Made] = [(entity, each, since, None, False) for entity, each in values]
    rows.append(
        (Entity.INDUSTRY, making.industry(sample.trade, 0, is_old=True), since, making.NEW_CODES, False)
    )
    rows.append((Entity.INDUSTRY, making.industry(sample.trade, 0), making.NEW_CODES, None, False))
    return making.filled(unit, rows, making.BEGINNING)


def _master(sample: _Sample) -> making.Values:
    if sample.kind is Kind.COMPANY:
        return making.company_values(sample.number, sample.start, None)
    return making.unit_master_values(sample.number, sample.company, sample.start, None)


def _address(sample: _Sample) -> making.Values:
    return making.address_values(
        LOCATION,
        CVRAdresse_vejkode=sample.road_code,
        CVRAdresse_vejnavn=sample.road,
        CVRAdresse_husnummerFra=sample.house,
        CVRAdresse_postnummer=sample.postcode,
        CVRAdresse_postdistrikt=sample.district,
        CVRAdresse_kommunekode=sample.municipality,
        CVRAdresse_landekode="DK",
    )
