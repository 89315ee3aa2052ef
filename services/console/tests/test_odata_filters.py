"""Random filters, orders and pages give what a plain evaluation over the same rows gives, and nothing tells of who is protected."""

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from console.odata.reading import Question, Reader
from console.odata.refusals import QueryTookTooLong
from console.odata.settings import OdataSettings
from console.odata.tokens import Tokens
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, Scope
from registerbro.database import Pool

from tests.support.odata_oracle import (
    TEXTS,
    Condition,
    applied,
    called,
    compared,
    conditions,
    joined,
    listed,
    literal,
    negated,
    prop,
    quantified,
)
from tests.support.services import AUDIT_KEY

NUMBERS = [f"{day:02}0180{each:04}" for each, day in enumerate(range(1, 16), 1)]
DAYS = [dt.date(2019 + each % 4, 1 + each % 12, 28) for each in range(6)]
MOMENTS = [dt.datetime(2026, 1, 1, 12, each % 3, 0, 123456 * (each % 2), tzinfo=dt.UTC) for each in range(6)]
READER = Caller("reader", None, frozenset({Scope.CONTACTS_READ}))
TRUSTED = Caller("trusted", None, frozenset({Scope.CONTACTS_READ, Scope.PROTECTED_READ}))
WHY = Purpose(purpose="a test of filters")
COUNT = 60


def people() -> list[dict[str, Any]]:
    """Persons as the store has them; of every kind that reading treats differently."""
    dice = random.Random(17)
    found = []
    for each in range(1, COUNT + 1):
        kind = dice.choice(["plain", "plain", "plain", "protected", "placeholder", "unnumbered"])
        numbered = kind != "unnumbered" and each <= len(NUMBERS)
        found.append(
            {
                "contact_id": each,
                "name_type": "P" if kind == "unnumbered" else "C",
                "name_code": NUMBERS[each - 1] if numbered else None,
                "name1": ""
                if kind == "placeholder"
                else dice.choice(TEXTS) + (f" {each}" if kind == "unnumbered" else ""),
                "name2": "" if kind in ("placeholder", "unnumbered") else dice.choice(TEXTS),
                "text": dice.choice(TEXTS),
                "start_date": dice.choice([None, *DAYS]),
                "info": {"Status": [dice.choice(["01", "03", "01"])], "Bynavn": [dice.choice(["Viby", "Ry"])]}
                if kind != "placeholder"
                else {},
                "protections": [{"kind": "0001", "start": None, "end": None}] if kind == "protected" else [],
                "is_placeholder": kind == "placeholder",
                "owner_id": dice.choice([None, *range(1, each)])
                if kind == "unnumbered" and each > 1
                else None,
                "version": dice.randrange(4),
                "updated_at": dice.choice(MOMENTS),
                "former": [f"{NUMBERS[each - 1][:6]}99{each:02}"] if numbered and each % 3 == 0 else [],
                "addresses": [
                    {"Address1": dice.choice(TEXTS), "Postcode": dice.choice(["8000", "2750", ""])}
                    for _ in range(dice.randrange(3))
                ],
            }
        )
    return found


PEOPLE = people()
FORMER = [number for person in PEOPLE for number in person["former"]]
BY_ID = {person["contact_id"]: person for person in PEOPLE}


def is_protected(person: dict[str, Any]) -> bool:
    own = bool(person["protections"]) or person["info"].get("Status") == ["03"]
    owner = BY_ID.get(person["owner_id"])
    return own or (
        owner is not None and (bool(owner["protections"]) or owner["info"].get("Status") == ["03"])
    )


def names(person: dict[str, Any]) -> tuple[str, str, str]:
    owner = BY_ID.get(person["owner_id"])
    if person["is_placeholder"] and person["name_code"]:
        return f"Person med cprnr {person['name_code']}", "- ikke importeret", person["text"]
    if owner and owner["name_code"]:
        return person["name1"], f"Far til {owner['name_code']}", "Person fra CPR uden cprnr"
    return person["name1"], person["name2"], person["text"]


def seen(person: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """A person as the caller may see it, by the rules and not by our SQL."""
    is_hidden = is_protected(person) and caller is READER
    name1, name2, text = (None,) * 3 if is_hidden else names(person)
    return {
        "ContactId": person["contact_id"], "NameCode": person["name_code"], "Name1": name1, "Name2": name2, "Text": text,
        "StartDate": person["start_date"], "UpdatedAt": person["updated_at"], "Version": person["version"],
        "IsProtected": is_protected(person), "PreviousNameCodes": person["former"],
        "Info": [
            {"Label": label, "Value": None if is_hidden and label == "Bynavn" else value}
            for label, values in person["info"].items()
            for value in values
        ],
        "Addresses": [dict.fromkeys(each) if is_hidden else each for each in person["addresses"]],
    }  # fmt: skip


@pytest.fixture
async def reader(pool: Pool) -> Reader:
    """What answers queries on a store with these persons."""
    columns = [name for name in PEOPLE[0] if name not in ("former", "addresses")]
    for person in PEOPLE:
        values = [person[name] for name in columns]
        marks = ", ".join(f"${each}" for each in range(1, len(values) + 1))
        await pool.execute(
            f"insert into contact ({', '.join(columns)}) values ({marks})".replace(
                "owner_id,", "owner_id, owner_role,"
            ).replace("$11,", "$11, case when $11::bigint is null then null else 'Far' end,"),
            *values,
        )
        for number in person["former"]:
            await pool.execute(
                "insert into contact_number values ('C', $1, $2, false)", number, person["contact_id"]
            )
        if person["name_code"]:
            await pool.execute(
                "insert into contact_number values ('C', $1, $2, true)",
                person["name_code"],
                person["contact_id"],
            )
        for address in person["addresses"]:
            await pool.execute(
                "insert into address (contact_id, address_type, address1, postcode) values ($1, 'CPRADR', $2, $3)",
                person["contact_id"], address["Address1"], address["Postcode"],
            )  # fmt: skip
    return Reader(pool, Auditor(pool, AUDIT_KEY, "tests"), Tokens(AUDIT_KEY), OdataSettings())


async def found(reader: Reader, caller: Caller, size: int, **options: str) -> tuple[list[int], int | None]:
    """The ids that a query finds, page by page, and the count that the first page tells."""
    asked = {f"${name}": text for name, text in options.items() if text}
    ids: list[int] = []
    count = None
    while True:
        question = Question(
            path="Contacts", options=asked, caller=caller, purpose=WHY, root="/odata", page_size=size
        )
        body = (await reader.answer(question)).body
        assert isinstance(body, dict)
        assert len(body["value"]) <= size
        ids += [each["ContactId"] for each in body["value"]]
        count = body.get("@odata.count", count)
        if "@odata.nextLink" not in body:
            return ids, count
        asked = {"$skiptoken": body["@odata.nextLink"].partition("=")[2]}


def expected(
    rows: Sequence[dict[str, Any]], condition: Condition, order: Sequence[tuple[str, bool]]
) -> list[int]:
    chosen = [row for row in rows if condition.of(row) is True]
    keys = [*order, ("ContactId", bool(order) and order[-1][1])]
    for name, is_descending in reversed(keys):
        chosen.sort(
            key=lambda row: (row[name] is not None, row[name] if row[name] is not None else 0),
            reverse=is_descending,
        )
    return [row["ContactId"] for row in chosen]


FILTERS = conditions(NUMBERS + FORMER, DAYS, MOMENTS)
NULLABLE = st.tuples(st.sampled_from(["Name1", "Name2", "NameCode", "StartDate"]), st.booleans())
ORDERS: st.SearchStrategy[list[tuple[str, bool]]] = st.one_of(
    st.just([]),
    NULLABLE.map(lambda first: [first]),
    st.tuples(
        NULLABLE, st.tuples(st.sampled_from(["UpdatedAt", "Version", "IsProtected", "Text"]), st.booleans())
    ).map(list),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(condition=FILTERS, order=ORDERS, size=st.sampled_from([10, 25]), skip=st.sampled_from([0, 5]))
async def test_a_query_finds_what_a_plain_evaluation_finds(
    reader: Reader, condition: Condition, order: list[tuple[str, bool]], size: int, skip: int
) -> None:
    ordered = ",".join(f"{name}{' desc' if is_descending else ''}" for name, is_descending in order)
    for caller, top in itertools.product((READER, TRUSTED), (None, 10)):
        said = {"filter": condition.text, "orderby": ordered, "skip": str(skip), "count": "true"}
        ids, count = await found(reader, caller, size, **said, top="" if top is None else str(top))
        all_ids = expected([seen(person, caller) for person in PEOPLE], condition, order)
        wanted = all_ids[skip : None if top is None else skip + top]
        assert count == len(all_ids)
        if order:
            assert ids == wanted
        else:
            assert len(ids) == len(set(ids)) == len(wanted)
            assert set(ids) <= set(all_ids)


def of_null() -> Iterator[Condition]:
    """Every comparison of what may be null with null and with a value, plain, negated, and within another."""
    for name, value in (("Name1", "Anna"), ("StartDate", DAYS[2])):
        for word, other in itertools.product(("eq", "ne", "gt", "ge", "lt", "le"), (None, value)):
            for said in (
                compared(prop(name), word, literal(other)),
                compared(literal(other), word, prop(name)),
            ):
                yield said
                yield negated(said)
        yield from (listed(prop(name), [value]), negated(listed(prop(name), [value])))
        yield from (listed(prop(name), [None, value]), negated(listed(prop(name), [None, value])))
    yield from (compared(prop("Name1"), word, prop("Name2")) for word in ("eq", "ne", "ge", "lt"))
    has_a = called("contains", prop("Name1"), literal("a"))
    yield from (negated(has_a), joined(negated(has_a), "or", compared(prop("Version"), "eq", literal(1))))
    yield from (
        quantified("Info", word, "i", compared(prop("Value", "i"), "ne", literal("Viby")))
        for word in ("any", "all")
    )
    yield from (
        quantified("Addresses", word, "a", called("startswith", prop("Address1", "a"), literal("A")))
        for word in ("any", "all")
    )


@pytest.mark.parametrize("caller", [READER, TRUSTED], ids=["reader", "trusted"])
async def test_null_is_compared_as_odata_has_it(reader: Reader, caller: Caller) -> None:
    rows = [seen(person, caller) for person in PEOPLE]
    for condition in of_null():
        ids, _ = await found(reader, caller, 100, filter=condition.text)
        assert ids == expected(rows, condition, []), condition.text


async def test_a_rendered_name_is_found_as_it_is_shown(reader: Reader) -> None:
    rows = [seen(person, TRUSTED) for person in PEOPLE]
    rendered = [
        row
        for row, person in zip(rows, PEOPLE, strict=True)
        if row["Name1"] != person["name1"] or row["Name2"] != person["name2"]
    ]
    assert {row["Name2"][:4] for row in rendered} == {"- ik", "Far "}
    for row, name in itertools.product(rendered, ("Name1", "Name2")):
        folded = applied("tolower", str.lower, prop(name))
        for condition in (
            compared(prop(name), "eq", literal(row[name])),
            listed(prop(name), ["Anna", row[name]]),
            called("startswith", prop(name), literal(row[name][:6])),
            called("startswith", folded, literal(row[name].lower())),
        ):
            ids, _ = await found(reader, TRUSTED, 100, filter=condition.text)
            assert ids == expected(rows, condition, []), condition.text
            assert row["ContactId"] in ids


async def test_a_query_that_takes_too_long_is_given_up(pool: Pool) -> None:
    await pool.execute(
        "insert into contact (name_type, name1) select 'P', repeat('æ', 50000) from generate_series(1, 200)"
    )
    hurried = Reader(
        pool, Auditor(pool, AUDIT_KEY, "tests"), Tokens(AUDIT_KEY), OdataSettings(statement_seconds=0.1)
    )
    slow = " and ".join(f"not contains(tolower(Name1),'{each}')" for each in range(20))
    with pytest.raises(QueryTookTooLong):
        await found(hurried, TRUSTED, 50, filter=slow)
    assert await pool.fetchval("select count(*) from audit_log") == 0
