"""Units and events as KMD Logic shows them. Fields without a value are left out."""

import datetime as dt
from typing import Any, TypeAlias

from registerbro_sandbox.companies import CvrUnit, Entity, Event, Row, Value
from registerbro_sandbox.logic.identities import ObjectIds

Body: TypeAlias = dict[str, Any]
_PLACES = {"0": "mainBusiness", "1": "biBranch1", "2": "biBranch2", "3": "biBranch3"}


def company(unit: CvrUnit, day: dt.date, ids: ObjectIds) -> Body:
    """``Company``: no fax, no care-of, no advertising protection, no secondary industries."""
    return _filled(
        id=ids.shown(unit.object_id),
        cvrNumber=unit.number,
        companyName=unit.name(day),
        phoneNumber=unit.value(Entity.PHONE, day),
        eMailAddress=unit.value(Entity.EMAIL, day),
        mainBusinessCode=unit.value(Entity.INDUSTRY, day, slot="0"),
        mainBusinessDescription=unit.value(Entity.INDUSTRY, day, "vaerdiTekst", slot="0"),
        businessTypeCode=unit.value(Entity.FORM, day),
        dataProvider=unit.value(Entity.DATA_SUPPLIER, day),
        cvrAddress=_address(unit, day, is_full=True),
        companyDetails=_details(unit, day),
    )


def production_unit(unit: CvrUnit, day: dt.date) -> Body:
    """``ProductionUnit``."""
    return _filled(pNumber=unit.number, productionUnitName=unit.name(day))


def production_unit_detail(unit: CvrUnit, day: dt.date, ids: ObjectIds) -> Body:
    """``ProductionUnitDetail``: neither floor nor door, neither start nor end."""
    return _filled(
        id=ids.shown(unit.object_id),
        pNumber=unit.number,
        cvrNumber=unit.company,
        productionUnitName=unit.name(day),
        phoneNumber=unit.value(Entity.PHONE, day),
        emailAddress=unit.value(Entity.EMAIL, day),
        locationAddress=_address(unit, day, is_full=False),
        lineOfIndustries={
            _PLACES[row.slot]: {"branchCode": row.values["vaerdi"], "name": row.values["vaerdiTekst"]}
            for row in unit.last(Entity.INDUSTRY, day)
        },
    )


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

    address = _filled(
        streetCode=field("vejkode"),
        streetName=field("vejnavn") or field("adresseFritekst"),
        houseNumber=field("husnummerFra"),
        communityCode=field("kommunekode"),
        postCode=field("postnummer"),
        postDistrict=field("postdistrikt"),
        countryCode=field("landekode"),
    )
    if is_full:
        address |= _filled(
            publicRegistryId=values["Adresse"],
            floor=field("etagebetegnelse"),
            room=field("doerbetegnelse"),
            citySubDivision=field("supplerendeBynavn"),
        )
    return address


def _details(unit: CvrUnit, day: dt.date) -> Body:
    row = unit.last(unit.master, day)[0]
    return _filled(
        businessStartDate=row.values["virksomhedStartdato"],
        cessationDate=row.values["virksomhedOphoersdato"],
        registrationFrom=row.registrering_fra.isoformat(),
        status=row.values["status"],
    )


def _filled(**fields: Any) -> Body:
    return {name: value for name, value in fields.items() if value is not None}
