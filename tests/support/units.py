"""Lives of invented companies and units, as one provider or another tells of them; and a slow, obvious merge of what they told.

The slow merge remembers of every part the newest answer that spoke of it. A detail counts only where it belongs to what it is a
detail of: locality, care-of and start date to the place, a text and a classification to its code.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st
from registerbro.contacts.model import FORM_CODE_LABEL, FORM_LABEL
from registerbro.cvr.mapping import ALL_FIELDS, UPDATED_FIELDS, Field, FieldSet
from registerbro.cvr.units import (
    Classification,
    Coded,
    Industry,
    Part,
    Unit,
    UnitAddress,
    UnitKind,
    UnitNumber,
)
from registerbro.database import Connection
from registerbro.registers.logic_units import DELIVERS

from tests.support.cvr_provider import cvr_number, p_number, unit

BEGIN = dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC)
COMPANY, BUYER, SHOP = cvr_number(1), cvr_number(2), p_number(1)
OF_COMPANY, OF_UNIT = (frozenset(Part) - {Part.COMPANY}, frozenset(Part) - {Part.FORM, Part.CREDIT})
_FIELDS = {
    Part.NAME: Field.NAME, Part.ADDRESS: Field.ADDRESS, Part.CARE_OF: Field.CARE_OF, Part.PHONE: Field.PHONE,
    Part.FAX: Field.FAX, Part.EMAIL: Field.EMAIL, Part.MAIN_INDUSTRY: Field.INDUSTRY,
    Part.SECONDARY_INDUSTRIES: Field.INDUSTRY, Part.START_DATE: Field.START_DATE, Part.FORM: Field.FORM,
}  # fmt: skip

Told = tuple[Unit, FieldSet]


def in_full(told: Unit) -> Unit:
    """What Datafordeleren tells of it."""
    return dataclasses.replace(told, delivers=OF_COMPANY if told.kind is UnitKind.COMPANY else OF_UNIT)


def by_logic(told: Unit) -> Unit:
    """What KMD Logic tells of it: no fax, c/o, advertising protection, secondary industries of a company, text of a form."""
    is_company = told.kind is UnitKind.COMPANY
    missing = {"house_number_to", "free_text", "po_box"} | (
        set() if is_company else {"floor", "door", "locality"}
    )
    return dataclasses.replace(
        told,
        delivers=DELIVERS[told.kind],
        address=told.address and dataclasses.replace(
            told.address, since=None, care_of="", untold=frozenset(missing),
            locality=told.address.locality if is_company else "",
        ),
        fax="",
        form=told.form and Coded(told.form.code),
        credit=None,
        is_advertising_protected=False,
        main_industry=told.main_industry and dataclasses.replace(told.main_industry, classification=None),
        secondary_industries=() if is_company else tuple(
            dataclasses.replace(each, classification=None) for each in told.secondary_industries
        ),
        start_date=told.start_date if is_company else None,
        end_date=told.end_date if is_company else None,
        status=told.status if is_company else "",
        records='{"from": "logic"}',
    )  # fmt: skip


def industry(code: int) -> Industry:
    """An industry of a code below 100; it is always in the same classification, and has one text."""
    return Industry(
        f"{620000 + code}", f"Branche {code}", Classification.DB25 if code % 2 else Classification.DB07
    )


@st.composite
def lives(draw: st.DrawFn) -> list[Told]:
    """What was told of a company and a production unit over some days, in the order of asking; nobody moves back."""
    told: list[Told] = []
    numbers: tuple[UnitNumber, ...] = draw(st.sampled_from([(COMPANY,), (SHOP,), (COMPANY, SHOP)]))
    for number in numbers:
        now = unit(number, secondary_industries=(industry(8), industry(9)), fax="66112233", status="Aktiv")
        for step in range(draw(st.integers(1, 6))):
            now = dataclasses.replace(now, **draw(_changed(now, step)))
            at = BEGIN + dt.timedelta(hours=7 * step, minutes=len(told))
            asked = dataclasses.replace(now, asked_at=at, records=f'{{"step": {step}}}')
            teller = draw(st.sampled_from([in_full, by_logic]))
            told.append((teller(asked), draw(st.sampled_from([ALL_FIELDS, UPDATED_FIELDS]))))
    return sorted(told, key=lambda each: each[0].asked_at)


@st.composite
def _changed(draw: st.DrawFn, now: Unit, step: int) -> dict[str, Any]:
    here = now.address or UnitAddress()
    changes: dict[str, st.SearchStrategy[Any]] = {
        "name": st.just(f"Navn {step}"),
        "address": st.sampled_from(
            [
                dataclasses.replace(here, care_of=f"c/o {step}", locality=draw(st.sampled_from(["", "Bakken"]))),
                UnitAddress(road=f"Ny Vej {step}", house_number_from="1", postcode="8000", municipality_code="0751",
                            since=dt.date(2025, 1, 1) + dt.timedelta(days=step), care_of=draw(st.sampled_from(["", "c/o Bo"]))),
                None,
            ]
        ) if now.address else st.just(UnitAddress(road=f"Atter Vej {step}", postcode="9000", since=dt.date(2025, 2, 2))),
        "phone": st.sampled_from(["", "65111111", "65222222"]),
        "fax": st.sampled_from(["", "66111111"]),
        "email": st.sampled_from(["", "a@b.example"]),
        "main_industry": st.sampled_from([None, industry(step)]),
        "secondary_industries": st.sampled_from([(), (industry(10 + step),), (industry(20 + step), industry(30))]),
        "end_date": st.sampled_from([None, dt.date(2025, 3, 1)]),
        "status": st.sampled_from(["Aktiv", "OPHØRT", "Under konkurs"]),
        "form": st.sampled_from([None, Coded(f"{50 + step}", f"Form {step}")]),
        "credit": st.sampled_from([None, Coded("1", "Under konkurs")]),
        "is_advertising_protected": st.booleans(),
        "company": st.sampled_from([None, COMPANY, BUYER]) if now.kind is UnitKind.PRODUCTION_UNIT else st.none(),
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(changes)), max_size=4, unique=True))
    return {name: draw(changes[name]) for name in chosen}


def slowly_merged(told: Iterable[Told]) -> dict[str, Any]:
    """What the store has of every unit after all answers, by number."""
    ordered = sorted(told, key=lambda each: each[0].asked_at)
    return {str(number): _state([each for each in ordered if each[0].number == number])
            for number in {each.number for each, _ in ordered}}  # fmt: skip


def _speaks(told: Told, part: Part) -> bool:
    answer, fields = told
    return part in answer.delivers and (part not in _FIELDS or _FIELDS[part] in fields)


def _newest(told: Sequence[Told], part: Part) -> Unit | None:
    return next((answer for answer, fields in reversed(told) if _speaks((answer, fields), part)), None)


def _state(told: Sequence[Told]) -> dict[str, Any]:
    def value(part: Part, name: str, otherwise: Any = "") -> Any:
        found = _newest(told, part)
        return otherwise if found is None else getattr(found, name)

    protected = _newest(told, Part.ADVERTISING_PROTECTION)
    form, credit = value(Part.FORM, "form", None), value(Part.CREDIT, "credit", None)
    info = {
        "Virksomhedsstatus": value(Part.STATUS, "status").capitalize(),
        FORM_CODE_LABEL: form.code if form else "",
        FORM_LABEL: _form_text(told, form) if form else "",
        "Kreditoplysning": credit.text if credit else "",
        "Reklamebeskyttet": ""
        if protected is None
        else "ja"
        if protected.is_advertising_protected
        else "nej",
    }
    return {
        "name1": value(Part.NAME, "name"),
        "start_date": value(Part.START_DATE, "start_date", None),
        "end_date": value(Part.END_DATE, "end_date", None),
        "info": {label: [text] for label, text in info.items() if text} | _industries(told),
        "home": _home(told),
        "reached": {"phone_no": value(Part.PHONE, "phone"), "fax": value(Part.FAX, "fax"), "email": value(Part.EMAIL, "email")},
        "company": str(value(Part.COMPANY, "company", None) or ""),
    }  # fmt: skip


def _form_text(told: Sequence[Told], form: Coded) -> str:
    for answer, fields in reversed(told):
        if _speaks((answer, fields), Part.FORM) and answer.form and answer.form.text:
            return answer.form.text if answer.form.code == form.code else ""
    return ""


def _industries(told: Sequence[Told]) -> dict[str, list[str]]:
    main, others = (_newest(told, part) for part in (Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES))
    listed = [main.main_industry if main else None, *(others.secondary_industries if others else ())]
    if not any(listed):
        return {}
    classified = {
        each.code: each.classification
        for answer, fields in told
        if _speaks((answer, fields), Part.MAIN_INDUSTRY)
        for each in (answer.main_industry, *answer.secondary_industries)
        if each and each.classification
    }
    columns = (
        [each.code if each else "" for each in listed],
        [each.text if each else "" for each in listed],
        [classified.get(each.code, "") if each else "" for each in listed],
    )
    labels = ("Branche", "Branchetekst", "Branchekode-udgave")
    return {
        label: _trimmed(list(map(str, values)))
        for label, values in zip(labels, columns, strict=True)
        if any(values)
    }


def _trimmed(values: list[str]) -> list[str]:
    while not values[-1]:
        values.pop()
    return values


def _home(told: Sequence[Told]) -> dict[str, Any] | None:
    newest = _newest(told, Part.ADDRESS)
    here = newest.address if newest else None
    if here is None:
        return None

    def at_that_place(part: Part, field: str) -> Any:
        addresses = [answer.address for answer, fields in told if _speaks((answer, fields), part)]
        known = [each for each in addresses if each is None or _tells(each, field)]
        last = known[-1] if known else None
        is_same = last is not None and (last.road, last.postcode) == (here.road, here.postcode)
        return getattr(last, field) if is_same else None

    return {
        "address1": f"{here.road} {here.house_number_from}".strip(),
        "address2": at_that_place(Part.ADDRESS, "locality") or "",
        "address3": at_that_place(Part.CARE_OF, "care_of") or "",
        "postcode": here.postcode,
        "post_district": here.post_district,
        "municipality": here.municipality_code,
        "country_code": here.country_code or ("DK" if here.municipality_code else ""),
        "start_date": at_that_place(Part.ADDRESS, "since"),
    }  # fmt: skip


def _tells(address: UnitAddress, field: str) -> bool:
    return field not in address.untold and (field != "since" or address.since is not None)


async def stored(connection: Connection) -> dict[str, Any]:
    """The same picture of a real store."""
    rows = await connection.fetch("""
        select contact.*, home.address1, home.address2, home.address3, home.postcode, home.post_district, home.municipality,
               home.country_code, home.start_date as since, home.phone_no, home.fax, home.email, home.address_id,
               (select company.name_code from contact_reference as reference
                join contact as company on company.contact_id = reference.to_contact_id
                where reference.contact_id = contact.contact_id) as company
        from contact left join address as home on home.contact_id = contact.contact_id and home.address_type = 'HA'
        where not is_placeholder""")
    return {row["name_code"]: _shown(row) for row in rows}


def _shown(row: Any) -> dict[str, Any]:
    columns = (
        "address1",
        "address2",
        "address3",
        "postcode",
        "post_district",
        "municipality",
        "country_code",
    )
    home = {name: row[name] for name in columns} | {"start_date": row["since"]}
    return {
        **{name: row[name] for name in ("name1", "start_date", "end_date", "info")},
        "home": home if any(row[name] for name in columns) else None,
        "reached": {name: row[name] or "" for name in ("phone_no", "fax", "email")},
        "company": row["company"] or "",
    }
