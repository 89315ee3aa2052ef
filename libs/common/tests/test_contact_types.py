"""Contact types: which numbers are theirs, how they count their own, and what happens where one is missing."""

import asyncio
from typing import Any

import pytest
from registerbro import contact_types
from registerbro.contact_types import (
    ContactType,
    ContactTypeMissing,
    DefinitionRefused,
    NumberRefused,
    NumbersExhausted,
    Validation,
    check_definition,
    valid_number,
)
from registerbro.contacts import merge
from registerbro.contacts.model import Role
from registerbro.database import Pool

from tests.support.deliveries import BATCH, IMPORT, NOW, delivery, to

ANNA, BO = "0101800001", "0202800002"
GOOD: list[tuple[str | None, int | None, str, str]] = [
    ("CPR", 10, "010180-0001", "0101800001"),
    ("CPR", 10, " 6101800001 ", "6101800001"),  # an administrative number
    ("CVR (Legal Units)", 8, "26911745", "26911745"),
    ("CVR (Legal Units)", 8, "DK 26 91 17 45", "26911745"),
    ("CVR (Production Units)", 10, "1003387453", "1003387453"),
    ("text", 8, "Foren-12", "Foren-12"),
    ("text", None, "Ærø " * 12, ("Ærø " * 12).strip()),
    (None, None, "anything", "anything"),
]
WRONG: list[tuple[str | None, int | None, str]] = [
    ("CPR", 10, "010180001"),
    ("CPR", 10, "01018000011"),
    ("CPR", 10, "3102800001"),  # 31 February
    ("CPR", 10, "0000000000"),
    ("CPR", 10, "3112364000"),  # born in 2036
    ("CPR", 10, "٠١٠١٨٠٠٠٠١"),
    ("CVR (Legal Units)", 8, "26911746"),  # check digit
    ("CVR (Legal Units)", 8, "06911745"),
    ("CVR (Legal Units)", 8, "2691174"),
    ("CVR (Production Units)", 10, "0003387453"),
    ("CVR (Production Units)", 10, "100338745"),
    ("CVR (Production Units)", 10, "100338745x"),
    ("text", 8, "Foren-123"),
    ("text", 8, "  "),
    ("text", 8, "a\x00b"),
    ("text", 8, "a\nb"),
    (None, None, "x" * 51),
]


def of(validation: str | None, length: int | None, **more: Any) -> ContactType:
    return ContactType("X", "Title", length=length, validation=validation, **more)


def test_numbers_of_a_type_are_taken_in_the_form_that_the_store_keeps() -> None:
    taken = [valid_number(of(rule, length), text) for rule, length, text, _ in GOOD]
    assert taken == [kept for *_, kept in GOOD]


@pytest.mark.parametrize(("rule", "length", "text"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_number_of_a_type_is_refused_and_not_repeated(
    rule: str | None, length: int | None, text: str
) -> None:
    with pytest.raises(NumberRefused) as caught:
        valid_number(of(rule, length), text)
    assert not text.strip() or text not in str(caught.value)


REFUSED: dict[str, ContactType] = {
    "capital letters": ContactType("x", "Title"),
    "1 to 10": ContactType("ABCDEFGHIJK", "Title"),
    "the title": ContactType("X", " "),
    "printable": ContactType("X", "a\x00b"),
    "the validation": of("modulus 11", None),
    "cannot be counted up": of("CPR", 10, auto_id=True),
    "have 8 digits": of("CVR (Legal Units)", 10),
    "1 to 18": of("text", 19, auto_id=True),
    "1 to 50": of(None, 0),
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_type_that_could_not_work_is_refused(said: str) -> None:
    with pytest.raises(DefinitionRefused, match=said):
        check_definition(REFUSED[said])


async def test_the_types_of_the_store_can_be_defined_so(pool: Pool) -> None:
    rows = await pool.fetch("select name_type, title, auto_id, length, validation from contact_type")
    assert {row["name_type"] for row in rows} == {"C", "P", "J", "V"}
    for row in rows:
        check_definition(ContactType(**row))
    for rule in Validation:
        check_definition(of(rule, None))


async def test_numbers_are_counted_without_a_gap_by_all_at_once(pool: Pool) -> None:
    await pool.execute(
        "insert into contact_type (name_type, title, auto_id, length) values ('F', 'F', true, 3)"
    )

    async def one(*, fails: bool = False) -> str:
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            number = await contact_types.next_number(connection, await contact_types.require(connection, "F"))
            await (transaction.rollback() if fails else transaction.commit())
            return number

    await one(fails=True)
    assert sorted(await asyncio.gather(*(one() for _ in range(4)))) == ["001", "002", "003", "004"]
    await pool.execute("update contact_type_counter set counted = 999")
    with pytest.raises(NumbersExhausted):
        await one()


async def test_an_import_is_refused_where_its_type_is_missing_and_leaves_nothing(pool: Pool) -> None:
    await pool.execute("delete from contact_type where name_type = 'P'")
    guarded = delivery(ANNA, references=(to(Role.GUARDIAN, name="Somebody", name_type="P"),))
    with pytest.raises(ContactTypeMissing) as caught:
        await merge.apply(pool, [guarded], IMPORT, now=NOW)
    assert caught.value.name_type == "P"
    async with pool.acquire() as connection:
        with pytest.raises(ContactTypeMissing):
            await merge.plan(connection, [guarded], IMPORT)
    assert await pool.fetchval("select count(*) from contact") == 0
    await merge.apply(pool, [delivery(BO)], IMPORT, now=NOW)
    await pool.execute("insert into contact_type values ('P', 'again')")
    await merge.apply(pool, [guarded], IMPORT, now=NOW)
    assert await pool.fetchval("select count(*) from contact") == 3


async def test_an_update_asks_for_no_type(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    await pool.execute("delete from contact_type where name_type = 'P'")
    (result,) = await merge.apply(pool, [delivery(ANNA, 2, fields={"name1": "Ane"})], BATCH, now=NOW)
    assert result.outcome == "updated"
