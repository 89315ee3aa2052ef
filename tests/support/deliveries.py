"""Deliveries about invented persons, short to write in a test."""

import datetime as dt
import hashlib
from typing import Any

from registerbro.contacts.model import (
    SOURCE_CPR,
    Channel,
    MappedAddress,
    MappedContact,
    MappedReference,
    MergePolicy,
    NameType,
    PartialDate,
    Precision,
    RegisterTime,
    Role,
)

ALL_KEYS = frozenset(
    {
        "name1", "name2", "text", "position", "start_date", "end_date", "protections",
        "info:GældendePNR", "info:Status", "info:Køn", "info:Civilstand", "info:Bynavn", "info:Branche", "date:Fødselsdag", "date:Statusfra",
        "date:Umyndig", "address:HA", "address:KONTAKT", "reference:Ægtefælle", "reference:Far", "reference:Mor",
        "reference:Barn", "reference:Forældremyndighed", "reference:Værge",
    }
)  # fmt: skip
FETCHED = dt.datetime(2024, 1, 1, 6, tzinfo=dt.UTC)
NOW = dt.datetime.now(dt.UTC)
IMPORT = MergePolicy(may_create=True, marks_subscribed=True, requires_subscription=False)
BATCH = MergePolicy()


def register_time(
    day: int, *, channel: Channel = Channel.BATCH, task: str = "110901", fetched: dt.datetime = FETCHED
) -> RegisterTime:
    """The register time of the production on a day of the year 2024, counted from 1."""
    return RegisterTime(dt.date(2024, 1, 1) + dt.timedelta(days=day - 1), channel, task, fetched)


def date(text: str, *, uncertain: bool = False) -> PartialDate:
    """A partial date from its ISO text."""
    precision = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}.get(len(text), Precision.MINUTE)
    return PartialDate(text, precision, uncertain)


def home(street: str = "Vestergade 1", since: str | None = "2020-01-01", **fields: Any) -> MappedAddress:
    """A main address as CPR delivers it: phone, fax and e-mail are not known to it."""
    given = {"address2": "", "address3": "", "postcode": "8000", "post_district": "Aarhus C", "municipality": "0751",
             "country_code": "DK"} | fields  # fmt: skip
    return MappedAddress(address1=street, start_date=dt.date.fromisoformat(since) if since else None, **given)


def to(role: Role, number: str | None = None, *, name: str | None = None, **fields: Any) -> MappedReference:
    """A reference by number or by name."""
    name_type = NameType.PERSON if number else NameType.PERSON_WITHOUT_NUMBER
    return MappedReference(role, fields.pop("name_type", name_type), number, name, **fields)


def delivery(number: str, day: int = 1, **given: Any) -> MappedContact:
    """A delivery of everything about a person; what is not given has a plain value or is empty."""
    fields: dict[str, Any] = {"name1": "Anna", "name2": "Berg", "text": "Berg,Anna"} | given.pop("fields", {})
    current = given.pop("current_number", None)
    time = given.pop("time", None) or register_time(day)
    info: dict[str, tuple[str, ...]] = {
        "GældendePNR": (current or number,),
        "Status": ("01",),
    } | given.pop("info", {})
    addresses = given.pop("addresses", None)
    if addresses is None:
        addresses = {"HA": home()}
    known: dict[str, Any] = {
        "source": SOURCE_CPR,
        "name_type": NameType.PERSON,
        "former_numbers": (),
        "delivers": ALL_KEYS,
        "dates": {"Fødselsdag": (date("1980-02-03"),)},
        "references": (),
        "protections": (),
        "subscribed": None,
    } | given
    said = repr(
        (number, current, sorted(fields.items(), key=str), sorted(info.items()), sorted(known["dates"]))
    )
    parts = (said, *(f"{kind}{_plain(address)}" for kind, address in sorted(addresses.items())))
    parts += tuple(
        sorted(map(_plain, (*known["references"], *known["protections"], *sum(known["dates"].values(), ()))))
    )
    records = known.pop("records", None) or "\n".join(parts)
    return MappedContact(
        number=number,
        current_number=current,
        register_time=time,
        fields=fields,
        info=info,
        addresses=addresses,
        records=records,
        digest=known.pop("digest", None) or hashlib.sha256(records.encode()).digest(),
        **known,
    )


def _plain(value: Any) -> str:
    return repr([getattr(value, name) for name in type(value).__slots__])
