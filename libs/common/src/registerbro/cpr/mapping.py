"""From a person's records to a contact: every row of the vendor's mapping table, for online and batch alike.

What is put into a contact is decided here; how it meets what the store holds is the merge's business.
"""

import dataclasses
import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from registerbro.contacts.model import (
    SOURCE_CPR,
    Channel,
    MappedAddress,
    MappedContact,
    NameType,
    PartialDate,
    Protection,
    RegisterTime,
)
from registerbro.cpr.coverage import ALL_TYPES, delivered_parts
from registerbro.cpr.dates import earliest_day, parse_date, parse_timestamp, plain_date
from registerbro.cpr.numbers import CprNumber, number_or_none
from registerbro.cpr.records import PersonRecords, SubscriptionEnded
from registerbro.cpr.relations import Texts, at, civil_status, guardianship, references

DEAD = "90"
NAME_AND_ADDRESS = "0001"
SUBSCRIBED = "A45"
EVENTS = "099"
ONLINE_TASK = "online"  # sorts behind the digits of every task's number
LISTED_TASK = "listed"
BEFORE_ALL = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
_DENMARK = ZoneInfo("Europe/Copenhagen")
_NO_RECORDS = ("",)

_CURRENT = at("001", "current_pnr")
_STATUS = at("001", "status")
_STATUS_START = at("001", "status_start")
_STATUS_MARK = at("001", "status_start_uncertain")
_SEX = at("001", "sex")
_BIRTH = at("001", "birth_date")
_BIRTH_MARK = at("001", "birth_date_uncertain")
_OCCUPATION = at("001", "occupation")
_MOVED_IN = at("002", "moved_in")
_MOVED_IN_MARK = at("002", "moved_in_uncertain")
_MUNICIPALITY_OF_002 = at("002", "municipality_code")
_CARE_OF_002 = at("002", "care_of_name")
_ADDRESSING_NAME = at("003", "addressing_name")
_CARE_OF = at("003", "care_of_name")
_LOCALITY = at("003", "locality")
_STREET = at("003", "standard_address")
_CITY = at("003", "city_name")
_POST_CODE = at("003", "post_code")
_POST_DISTRICT = at("003", "post_district")
_MUNICIPALITY = at("003", "municipality_code")
_PROTECTION = at("004", "protection_type")
_PROTECTION_START = at("004", "start")
_PROTECTION_END = at("004", "end")
_CONTACT_LINES = tuple(at("006", f"line_{line}") for line in range(1, 6))
_CONTACT_START = at("006", "start")
_FIRST_NAMES = at("008", "first_names")
_MIDDLE_NAME = at("008", "middle_name")
_SURNAME = at("008", "last_name")
_NAME_IN_FULL = at("008", "addressing_name")
_BIRTH_AUTHORITY = at("009", "birth_authority_code")
_BIRTH_PLACE = at("009", "birth_place_text")
_FORMER = at("022", "old_pnr")
_EVENT = at("099", "event")
_DERIVED = at("099", "derived_mark")


@dataclasses.dataclass(frozen=True)
class MappingContext:
    """What is true of a whole delivery.

    ``fetched_at`` (UTC) is when its content was first received. ``delivered_types`` are the record types that the
    agreement delivers: only of these does absence say anything. ``authorities`` maps codes to the names valid now.
    """

    production_date: dt.date
    task_number: str
    fetched_at: dt.datetime
    channel: Channel = Channel.BATCH
    delivered_types: frozenset[str] = ALL_TYPES
    authorities: Mapping[str, str] = dataclasses.field(default_factory=dict)
    guardian_name_type: str = NameType.PERSON_WITHOUT_NUMBER

    @functools.cached_property
    def register_time(self) -> RegisterTime:
        """When the register said so."""
        return RegisterTime(self.production_date, self.channel, self.task_number, self.fetched_at)


def map_person(person: PersonRecords, *, context: MappingContext) -> MappedContact:
    """The contact that a person's records describe."""
    texts: dict[str, list[str]] = {}
    for record in person.records:
        texts.setdefault(record.type, []).append(record.text)
    basic = texts["001"][0]
    info, dates = _labels(texts, person.number.value, context.authorities)
    return MappedContact(
        source=SOURCE_CPR,
        name_type=NameType.PERSON,
        number=person.number.value,
        current_number=_current_number(basic, person.number.value),
        former_numbers=_former_numbers(texts, person.number.value),
        register_time=context.register_time,
        delivers=delivered_parts(context.delivered_types, person.rejected_types),
        fields=_fields(texts, basic),
        info=info,
        dates=dates,
        addresses=_addresses(texts, context.production_date),
        references=references(texts, context.guardian_name_type),
        protections=tuple(map(_protection, texts.get("004", ()))),
        records="\n".join([record.text for record in person.records]),
        digest=records_digest(record.text for record in person.records),
        subscribed=True if _is_new_subscription(texts) else None,
    )


def map_receipt(receipt: SubscriptionEnded, *, context: MappingContext) -> MappedContact:
    """A contact of which nothing is said but that its subscription has ended."""
    return map_statement(receipt.number, context.register_time, is_subscribed=False)


def map_subscription(
    number: CprNumber, *, is_subscribed: bool, at: dt.datetime, after: dt.date | None = None
) -> MappedContact:
    """A contact of which CPR said online, at a time in UTC, whether it is subscribed, and nothing else.

    ``after`` as of ``online_subscription_time``.
    """
    time = RegisterTime(_danish_date(at), Channel.ONLINE, ONLINE_TASK, at)
    return map_statement(
        number, time, is_subscribed=is_subscribed, subscription_time=online_subscription_time(at, after)
    )


def map_statement(
    number: CprNumber,
    time: RegisterTime,
    *,
    is_subscribed: bool | None,
    subscription_time: RegisterTime | None = None,
) -> MappedContact:
    """A delivery without data; it speaks of nothing but the subscription."""
    return MappedContact(
        source=SOURCE_CPR,
        name_type=NameType.PERSON,
        number=number.value,
        current_number=None,
        former_numbers=(),
        register_time=time,
        delivers=frozenset(),
        fields={},
        info={},
        dates={},
        addresses={},
        references=(),
        protections=(),
        records="",
        digest=b"",
        subscribed=is_subscribed,
        subscription_time=subscription_time,
    )


def online_subscription_time(at: dt.datetime, after: dt.date | None = None) -> RegisterTime:
    """When CPR said online that somebody is subscribed or not: newer than any file of that Danish day. ``at`` is UTC.

    ``after``: the date of what was said last. A file may bear a later date than the day on which it is imported, and what CPR
    says online after its import is newer all the same.
    """
    day = _danish_date(at)
    return RegisterTime(max(day, after or day), Channel.BATCH, ONLINE_TASK, at)


def listed_subscription_time(day: dt.date, taken_at: dt.datetime = BEFORE_ALL) -> RegisterTime:
    """When a list of CPR's said who is subscribed: what CPR itself delivers on that Danish day is newer.

    Of two lists of one day the one that was taken later (UTC) is the newer one.
    """
    return RegisterTime(day, Channel.ONLINE, LISTED_TASK, taken_at)


def _danish_date(at: dt.datetime) -> dt.date:
    return at.astimezone(_DENMARK).date()


def _current_number(basic: str, number: str) -> str | None:
    current = number_or_none(basic[_CURRENT])
    return None if current == number else current


def _former_numbers(texts: Texts, number: str) -> tuple[str, ...]:
    former = (number_or_none(text[_FORMER]) for text in texts.get("022", ()))
    return tuple(dict.fromkeys(each for each in former if each and each != number))


def _fields(texts: Texts, basic: str) -> dict[str, str | dt.date | None]:
    (name, *_), (address, *_) = texts.get("008", _NO_RECORDS), texts.get("003", _NO_RECORDS)
    first, middle = name[_FIRST_NAMES].strip(), name[_MIDDLE_NAME].strip()
    return {
        "name1": f"{first} {middle}".strip() if middle else first,
        "name2": name[_SURNAME].strip(),
        "text": (address[_ADDRESSING_NAME] if address else name[_NAME_IN_FULL]).strip(),
        "position": basic[_OCCUPATION].strip(),
        "end_date": earliest_day(_status_date(basic)) if basic[_STATUS] == DEAD else None,
    }


def _status_date(basic: str) -> PartialDate | None:
    return parse_timestamp(basic[_STATUS_START], basic[_STATUS_MARK])


def _labels(
    texts: Texts, number: str, authorities: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[PartialDate, ...]]]:
    basic, address, birth = (texts.get(kind, _NO_RECORDS)[0] for kind in ("001", "003", "009"))
    authority = _code(birth[_BIRTH_AUTHORITY])
    status, status_since = civil_status(texts.get("012", _NO_RECORDS)[0])
    info = {
        "GældendePNR": number_or_none(basic[_CURRENT]) or number,
        "Køn": basic[_SEX].strip(),
        "Status": basic[_STATUS].strip(),
        "Bynavn": address[_CITY].strip(),
        "Postdist": address[_POST_DISTRICT].strip(),
        "Fødregkode": authority,
        "Fødreg.myn.": birth[_BIRTH_PLACE].strip() or authorities.get(authority, ""),
        "Civilstand": status,
    }
    dates = {
        "Fødselsdag": parse_date(basic[_BIRTH], basic[_BIRTH_MARK]),
        "Statusfra": _status_date(basic),
        "Civst.fra": status_since,
        "Umyndig": guardianship(texts)[1],
    }
    return (
        {label: (value,) for label, value in info.items() if value},
        {label: (date,) for label, date in dates.items() if date},
    )


def _addresses(texts: Texts, today: dt.date) -> dict[str, MappedAddress]:
    found = {"HA": _main_address(texts, today), "KONTAKT": _contact_address(texts)}
    return {address_type: address for address_type, address in found.items() if address}


def _main_address(texts: Texts, today: dt.date) -> MappedAddress | None:
    """The address where the person lives, None for those who live nowhere any more: their 003 has a name alone."""
    (here, *_), (since, *_) = texts.get("003", _NO_RECORDS), texts.get("002", _NO_RECORDS)
    street, locality = here[_STREET].strip(), here[_LOCALITY].strip()
    municipality = _code(here[_MUNICIPALITY]) or _code(since[_MUNICIPALITY_OF_002])
    if not (street or locality or municipality):
        return None
    moved_in = parse_timestamp(since[_MOVED_IN], since[_MOVED_IN_MARK])
    return MappedAddress(
        address1=street,
        address2=locality,
        address3=here[_CARE_OF].strip() or since[_CARE_OF_002].strip(),
        postcode=_code(here[_POST_CODE]),
        post_district=here[_POST_DISTRICT].strip(),
        municipality=municipality,
        country_code=_country(municipality),
        start_date=moved_in.as_date() if moved_in else None,
        protection=_protected_since(texts, today),
    )


def _country(municipality: str) -> str:
    """Danish municipalities are 101-899, Greenlandic 950 and up; below 100 are registration offices of no place."""
    match int(municipality or 0):
        case code if code >= 950:
            return "GL"
        case code if 100 <= code < 900:
            return "DK"
        case _:
            return ""


def _protected_since(texts: Texts, today: dt.date) -> dt.date | None:
    """From when name and address are protected, None if they are not, or no longer on the day of production."""
    starts = [
        protection.start
        for protection in map(_protection, texts.get("004", ()))
        if protection.kind == NAME_AND_ADDRESS and (protection.end is None or protection.end >= today)
    ]
    return max((start for start in starts if start), default=None)


def _protection(text: str) -> Protection:
    return Protection(
        text[_PROTECTION].strip(), plain_date(text[_PROTECTION_START]), plain_date(text[_PROTECTION_END])
    )


def _contact_address(texts: Texts) -> MappedAddress | None:
    """The contact address: five lines at the register, three here, the last with what does not fit."""
    text, *_ = texts.get("006", _NO_RECORDS)
    first, second, *others = [text[line].strip() for line in _CONTACT_LINES]
    rest = ", ".join(filter(None, others))
    if not (first or second or rest):
        return None
    return MappedAddress(
        address1=first, address2=second, address3=rest, start_date=plain_date(text[_CONTACT_START])
    )


def _code(text: str) -> str:
    """A code, empty where the register has zeros for none."""
    return text.strip() if text.strip("0 ") else ""


def records_digest(texts: Iterable[str]) -> bytes:
    """The digest of a person's records, by which two deliveries are compared; events (099) say nothing about the person."""
    said = "\n".join([text for text in texts if not text.startswith(EVENTS)])
    return hashlib.blake2b(said.encode("iso-8859-1"), digest_size=16).digest()


def _is_new_subscription(texts: Texts) -> bool:
    """Whether an event of the person's own says that the subscription was made."""
    return any(text[_EVENT] == SUBSCRIBED and not text[_DERIVED].strip() for text in texts.get(EVENTS, ()))
