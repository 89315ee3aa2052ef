"""What KMD Logic says of a company or production unit, as ``Unit``; ``Unit.records`` is read again by ``company`` or ``unit``.

Keys are read whatever their case, P-numbers as text or number, as the service and its fake provider write them. A field that is not
there was not delivered; one that is null or empty is empty at the register, but for what a unit is never without. An object in which
something stands and not what it is for was delivered in part, and is an error.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from registerbro.cvr import reading
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import Coded, Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers.datafordeler.fields import Node

NAMES = (
    "id", "cvrNumber", "pNumber", "companyName", "productionUnitName", "phoneNumber", "eMailAddress", "mainBusinessCode",
    "mainBusinessDescription", "businessTypeCode", "cvrAddress", "locationAddress", "streetCode", "streetName", "houseNumber",
    "floor", "room", "citySubDivision", "communityCode", "postCode", "postDistrict", "countryCode", "companyDetails",
    "businessStartDate", "cessationDate", "status", "lineOfIndustries", "mainBusiness", "biBranch1", "biBranch2", "biBranch3",
    "branchCode", "name", "events", "actualCount", "objectType", "action", "actionDateTime",
)  # fmt: skip
_SPELLING = {name.lower(): name for name in NAMES}
_NEVER_EMPTY = frozenset({Part.NAME, Part.START_DATE, Part.STATUS})
_SECONDARY = ("biBranch1", "biBranch2", "biBranch3")
_DETAILS = {
    "businessStartDate": Part.START_DATE,
    "cessationDate": Part.END_DATE,
    "status": Part.STATUS,
}
_COMPANY = {
    "companyName": Part.NAME,
    "cvrAddress": Part.ADDRESS,
    "phoneNumber": Part.PHONE,
    "eMailAddress": Part.EMAIL,
    "mainBusinessCode": Part.MAIN_INDUSTRY,
    "businessTypeCode": Part.FORM,
}
_UNIT = {
    "productionUnitName": Part.NAME,
    "locationAddress": Part.ADDRESS,
    "phoneNumber": Part.PHONE,
    "eMailAddress": Part.EMAIL,
    "cvrNumber": Part.COMPANY,
}
_INDUSTRIES = {"mainBusiness": Part.MAIN_INDUSTRY} | dict.fromkeys(_SECONDARY, Part.SECONDARY_INDUSTRIES)
DELIVERS: Mapping[UnitKind, frozenset[Part]] = {
    UnitKind.COMPANY: frozenset({*_COMPANY.values(), *_DETAILS.values()}),
    UnitKind.PRODUCTION_UNIT: frozenset({*_UNIT.values(), *_INDUSTRIES.values()}),
}


def spelled(value: Any) -> Any:
    """An answer with its keys as the service's own description spells them."""
    if isinstance(value, dict):
        return {_SPELLING.get(key.lower(), key): spelled(each) for key, each in value.items()}
    return [spelled(each) for each in value] if isinstance(value, list) else value


def company(answer: Any, asked_at: dt.datetime) -> Unit:
    """A ``Company`` of the service. Raises ``FieldUnusable``."""
    node = Node(spelled(answer))
    details = node.get("companyDetails")
    form = node.get("businessTypeCode").text()
    return Unit(
        number=cvr_number(node.get("cvrNumber")),
        object_id=node.get("id").text() or None,
        delivers=frozenset({*_delivered(node, _COMPANY), *_delivered(details, _DETAILS)}),
        name=node.get("companyName").text(),
        address=_address(node.get("cvrAddress")),
        phone=node.get("phoneNumber").text(),
        email=node.get("eMailAddress").text(),
        main_industry=_main(node),
        start_date=details.get("businessStartDate").date(),
        end_date=details.get("cessationDate").date(),
        status=details.get("status").text(),
        form=Coded(form) if form else None,
        asked_at=asked_at,
        records=_records(answer),
    )


def unit(answer: Any, asked_at: dt.datetime) -> Unit:
    """A ``ProductionUnitDetail`` of the service. Raises ``FieldUnusable``."""
    node = Node(spelled(answer))
    industries = node.get("lineOfIndustries")
    secondary = (_branch(industries.get(name)) for name in _SECONDARY)
    parent = node.get("cvrNumber")
    return Unit(
        number=p_number(node.get("pNumber")),
        object_id=node.get("id").text() or None,
        delivers=frozenset({*_delivered(node, _UNIT), *_delivered(industries, _INDUSTRIES)}),
        name=node.get("productionUnitName").text(),
        address=_address(node.get("locationAddress")),
        phone=node.get("phoneNumber").text(),
        email=node.get("eMailAddress").text(),
        main_industry=_branch(industries.get("mainBusiness")),
        secondary_industries=tuple(each for each in secondary if each is not None),
        company=cvr_number(parent) if parent.text() else None,
        asked_at=asked_at,
        records=_records(answer),
    )


def cvr_number(node: Node) -> CvrNumber:
    """A CVR number; one that lost its leading zeros is none, since CVR's begin with 1 to 9. Test data have any check digit."""
    node.required_text()
    return node.read(lambda text: CvrNumber.parse(text, checks_digit=False))


def p_number(node: Node) -> PNumber:
    """A P-number, as text or number."""
    node.required_text()
    return node.read(PNumber.parse)


def _delivered(node: Node, parts: Mapping[str, Part]) -> Iterator[Part]:
    return (part for name, part in parts.items() if name in node and _says(part, node.get(name)))


def _says(part: Part, node: Node) -> bool:
    """Whether a field that is there tells anything; an empty address may be one abroad, for whose free text there is no room."""
    if part is Part.ADDRESS:
        return _address(node) is not None
    return part not in _NEVER_EMPTY or bool(node.text())


def _records(answer: Any) -> str:
    return orjson.dumps(answer).decode()


def _address(node: Node) -> UnitAddress | None:
    """A company's address, or a unit's, which comes without floor and door; None where all of it is empty."""
    text = {name: node.get(name).text() for name in _ADDRESS}
    if not any(text.values()):
        if node.has_content():
            raise node.unusable("has no field of an address")
        return None
    if _ROAD not in node and any(text[name] for name in _ON_A_ROAD):
        raise node.get(_ROAD).unusable("is missing")
    country = text["countryCode"].upper()
    return UnitAddress(
        road=text["streetName"],
        house_number_from=reading.house_number(text["houseNumber"]),
        floor=text["floor"],
        door=text["room"],
        locality=text["citySubDivision"],
        postcode=reading.postcode(text["postCode"], country),
        post_district=text["postDistrict"],
        municipality_code=reading.padded(text["communityCode"], 4),
        road_code=reading.padded(text["streetCode"], 4),
        country_code=country,
        untold=_NEVER_TOLD | {ours for theirs, ours in _NOT_OF_UNITS.items() if theirs not in node},
    )


_ADDRESS = (
    "streetName", "houseNumber", "floor", "room", "citySubDivision", "postCode", "postDistrict", "communityCode", "streetCode",
    "countryCode",
)  # fmt: skip


_ROAD = "streetName"
_ON_A_ROAD = ("houseNumber", "streetCode")
_NEVER_TOLD = frozenset({"house_number_to", "free_text", "po_box"})
_NOT_OF_UNITS = {"floor": "floor", "room": "door", "citySubDivision": "locality"}


def _main(node: Node) -> Industry | None:
    if "mainBusinessCode" not in node:
        return None
    return _industry(node.get("mainBusinessCode"), node.get("mainBusinessDescription"))


def _branch(node: Node) -> Industry | None:
    return _industry(node.get("branchCode"), node.get("name"))


def _industry(code: Node, description: Node) -> Industry | None:
    text = description.text()
    if not code.text() and text:
        raise code.unusable("is missing")
    return code.read(lambda digits: reading.industry(digits, text)) if code.text() else None
