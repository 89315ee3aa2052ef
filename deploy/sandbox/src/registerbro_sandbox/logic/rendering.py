"""Units and events as KMD Logic shows them. Fields without a value are null: the service knows them, and they are empty."""

import datetime as dt
from typing import Any, TypeAlias

from registerbro_sandbox.companies import CvrUnit, Entity, Event, Row, Value
from registerbro_sandbox.logic.identities import ObjectIds

Body: TypeAlias = dict[str, Any]
_PLACES = {"0": "mainBusiness", "1": "biBranch1", "2": "biBranch2", "3": "biBranch3"}


def company(unit: CvrUnit, day: dt.date, ids: ObjectIds) -> Body:
    """``Company``: no fax, no care-of, no advertising protection, no secondary industries."""
    return {
        "id": ids.shown(unit.object_id),
        "cvrNumber": unit.number,
        "companyName": unit.name(day),
        "phoneNumber": unit.value(Entity.PHONE, day),
        "eMailAddress": unit.value(Entity.EMAIL, day),
        "mainBusinessCode": unit.value(Entity.INDUSTRY, day, slot="0"),
        "mainBusinessDescription": unit.value(Entity.INDUSTRY, day, "vaerdiTekst", slot="0"),
        "businessTypeCode": unit.value(Entity.FORM, day),
        "dataProvider": unit.value(Entity.DATA_SUPPLIER, day),
        "cvrAddress": _address(unit, day, is_full=True),
        "companyDetails": _details(unit, day),
    }


def production_unit(unit: CvrUnit, day: dt.date) -> Body:
    """``ProductionUnit``."""
    return {"pNumber": unit.number, "productionUnitName": unit.name(day)}


def production_unit_detail(unit: CvrUnit, day: dt.date, ids: ObjectIds) -> Body:
    """``ProductionUnitDetail``: neither floor nor door, neither start nor end."""
    return {
        "id": ids.shown(unit.object_id),
        "pNumber": unit.number,
        "cvrNumber": unit.company,
        "productionUnitName": unit.name(day),
        "phoneNumber": unit.value(Entity.PHONE, day),
        "emailAddress": unit.value(Entity.EMAIL, day),
        "locationAddress": _address(unit, day, is_full=False),
        "lineOfIndustries": dict.fromkeys(_PLACES.values())
        | {
            _PLACES[row.slot]: {"branchCode": row.values["vaerdi"], "name": row.values["vaerdiTekst"]}
            for row in unit.last(Entity.INDUSTRY, day)
        },
    }


def event(of: Event, ids: ObjectIds) -> Body:
    """``CompanyEvent``."""
    return {
        "id": ids.shown(of.object_id),
        "objectType": of.entity.value,
        "action": of.handling,
        "actionDateTime": of.at.isoformat().replace("+00:00", "Z"),
    }


def _address(unit: CvrUnit, day: dt.date, *, is_full: bool) -> Body | None:
    row: Row | None = next(iter(unit.last(Entity.ADDRESS, day)), None)
    if row is None:
        return None
    values = row.values

    def field(name: str) -> Value:
        return values[f"CVRAdresse_{name}"]

    address = {
        "streetCode": field("vejkode"),
        "streetName": field("vejnavn") or field("adresseFritekst"),
        "houseNumber": field("husnummerFra"),
        "communityCode": field("kommunekode"),
        "postCode": field("postnummer"),
        "postDistrict": field("postdistrikt"),
        "countryCode": field("landekode"),
    }
    if is_full:
        address |= {
            "publicRegistryId": values["Adresse"],
            "floor": field("etagebetegnelse"),
            "room": field("doerbetegnelse"),
            "citySubDivision": field("supplerendeBynavn"),
        }
    return address


def _details(unit: CvrUnit, day: dt.date) -> Body:
    row = unit.last(unit.master, day)[0]
    return {
        "businessStartDate": row.values["virksomhedStartdato"],
        "cessationDate": row.values["virksomhedOphoersdato"],
        "registrationFrom": row.registrering_fra.isoformat(),
        "registrationTo": None,
        "status": row.values["status"],
    }
