"""The columns of a file to adopt: the vendor's fields, what each is taken for, and how it is read.

The documentation's table and the reader come from here. ``fills`` names what of the contact a column becomes, as in
``MappedContact.delivers``; ``HA.<field>`` is a field of the main address.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from registerbro.cpr.numbers import CprNumber

LONGEST = 1000
_DATE_FORMS = ("%Y-%m-%d", "%d-%m-%Y", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y")
_TIME_OF_DAY = re.compile(r"[T ]\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?$")
_FLAGS = {"Y": True, "J": True, "N": False}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """``parse`` gets the text without blanks around it, never an empty one; it raises ``ValueError`` with a reason."""

    name: str
    meaning: str
    parse: Callable[[str], Any]
    fills: str = ""
    is_required: bool = False


def number(text: str) -> CprNumber:
    """A CPR number with a possible date in it."""
    found = CprNumber.parse(text)
    if found.birth_date is None:
        raise ValueError("not a CPR number: no possible date in it")
    return found


def _numbers(text: str) -> tuple[CprNumber, ...]:
    return tuple(number(each) for each in re.split(r"[\s,;|/]+", text) if each)


def _date(text: str) -> dt.date:
    day = _TIME_OF_DAY.sub("", text)
    for form in _DATE_FORMS:
        try:
            return dt.datetime.strptime(day, form).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    raise ValueError("not a date: YYYY-MM-DD, DD-MM-YYYY or YYYYMMDD expected")


def _flag(text: str) -> bool:
    if text.upper() not in _FLAGS:
        raise ValueError("Y, J or N expected")
    return _FLAGS[text.upper()]


def _text(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a control character")
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    return text


def _code(pattern: str, expected: str, length: int = 0) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text.upper()):
            raise ValueError(f"{expected} expected")
        return text.upper().zfill(length)

    return parse


# fmt: off
COLUMNS: Mapping[str, Column] = {column.name: column for column in (
    Column("NAME_TYPE", "type of the contact; only C (persons with a CPR number) is taken over", _text, is_required=True),
    Column("NAME_CODE", "the CPR number, with or without hyphen", _text, is_required=True),
    Column("PREVIOUS_NAME_CODE", "former numbers, between them a blank, comma, semicolon, bar or slash", _numbers),
    Column("NAME1", "first and middle names", _text, "name1"),
    Column("NAME2", "surname", _text, "name2"),
    Column("TEXT", "full name, as on a letter", _text, "text"),
    Column("POSITION", "occupation", _text, "position"),
    Column("START_DATE", "start of the contact", _date, "start_date"),
    Column("END_DATE", "end of the contact: the day of death", _date, "end_date"),
    Column("SOURCE", "the external source; only CPR is taken over. Without the column: all are from CPR", _text),
    Column("SRC_SUBSCRIBED", "is subscribed at CPR: Y, J or N. Without the column: yes for all", _flag),
    Column("SUBSCRIBED", "should be subscribed: Y or J, N, or empty for no wish", _flag),
    Column("REGISTER_DATE", "day of CPR's last delivery of this contact", _date),
    Column("SEX", "M or K", _code("[MK]", "M or K"), "info:Køn"),
    Column("STATUS", "CPR's status code", _code("[0-9]{1,2}", "a status code", 2), "info:Status"),
    Column("STATUS_FROM", "from when the status is so", _date, "date:Statusfra"),
    Column("BIRTH_DATE", "date of birth", _date, "date:Fødselsdag"),
    Column("MARITAL_STATUS", "CPR's code of the marital status", _code("[A-Z]", "a letter"), "info:Civilstand"),
    Column("MARITAL_STATUS_FROM", "from when it is so", _date, "date:Civst.fra"),
    Column("BIRTH_AUTHORITY_CODE", "authority code of the place of birth", _code("[0-9]{1,4}", "an authority code", 4), "info:Fødregkode"),
    Column("BIRTH_PLACE", "place of birth", _text, "info:Fødreg.myn."),
    Column("GUARDIAN_FROM", "from when there is a guardian", _date, "date:Umyndig"),
    Column("CITY_NAME", "name of the town", _text, "info:Bynavn"),
    Column("POST_DISTRICT", "post district", _text, "info:Postdist"),
    Column("HA_ADDRESS1", "main address: street and house number", _text, "HA.address1"),
    Column("HA_ADDRESS2", "locality", _text, "HA.address2"),
    Column("HA_ADDRESS3", "care-of name", _text, "HA.address3"),
    Column("HA_POSTCODE", "post code", _code("[0-9]{3,4}", "a post code", 4), "HA.postcode"),
    Column("HA_POST_DISTRICT", "post district", _text, "HA.post_district"),
    Column("HA_MUNICIPALITY", "municipality code", _code("[0-9]{1,4}", "a municipality code", 4), "HA.municipality"),
    Column("HA_COUNTRY_CODE", "country, two letters", _code("[A-Z]{2}", "two letters"), "HA.country_code"),
    Column("HA_START_DATE", "day of moving in", _date, "HA.start_date"),
    Column("HA_PROTECTION", "day from which name and address are protected", _date, "HA.protection"),
    Column("HA_PHONE_NO", "telephone", _text, "HA.phone_no"),
    Column("HA_FAX", "fax", _text, "HA.fax"),
    Column("HA_EMAIL", "e-mail", _text, "HA.email"),
)}
# fmt: on


def shape(text: str) -> str:
    """A value fit to be shown: digits as 9, letters as a, and no more than 40 characters of it."""
    masked = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "a", text))
    printable = "".join(each if each.isprintable() else "?" for each in masked)
    return printable if len(printable) <= 40 else f"{printable[:39]}…"
