"""Spot checks: drawn at random and again with the same seed, reviewed to the end, forgotten with the log."""

import collections
import datetime as dt
import uuid
from typing import Any

import pytest
from console.audit import errors, spot_checks
from console.audit.spot_checks import Lottery, Verdict
from registerbro.audit import Auditor, Purpose, drop_expired
from registerbro.auth import Caller, DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import Settings

from tests.support.console_watching import YESTERDAY, Row, logged, slug, watching
from tests.support.services import AUDIT_KEY

DPO = Caller("watch", "dpo", frozenset())
WHY = Purpose(purpose="monthly review")
ONE_DAY: dict[str, Any] = {"first_day": YESTERDAY, "last_day": YESTERDAY}
BEFORE = YESTERDAY - dt.timedelta(days=400)


def rows(count: int, **facts: Any) -> list[Row]:
    """Accesses with ids that are the same in every run."""
    name = str(sorted(facts.items()))
    return [Row(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {each}"), **facts) for each in range(count)]


async def begin(pool: Pool, lottery: Lottery) -> tuple[spot_checks.SpotCheck, list[spot_checks.Drawn]]:
    return await spot_checks.begin(pool, Auditor(pool, AUDIT_KEY, "console"), DPO, lottery, WHY)


async def test_every_access_is_as_likely_as_any_other(pool: Pool) -> None:
    """5 of 40 drawn with 400 seeds: each comes about 50 times. Chi-square with 39 degrees of freedom: 0.1 % lie above 72.05."""
    population, draws, size = 40, 400, 5
    busy, rare = rows(population - 2, acting_user="anna"), rows(2, acting_user="bo")
    await logged(pool, busy + rare)
    drawn: collections.Counter[uuid.UUID] = collections.Counter()
    pairs: collections.Counter[bool] = collections.Counter()
    async with pool.acquire() as connection:
        for seed in range(draws):
            keys, of = await spot_checks.draw(connection, Lottery(**ONE_DAY, size=size, seed=seed))
            assert (len(set(keys)), of) == (size, population)
            drawn.update(audit_id for _, audit_id in keys)
            pairs[{row.audit_id for row in rare} <= {audit_id for _, audit_id in keys}] += 1
    expected = draws * size / population
    chi_square = sum((drawn[row.audit_id] - expected) ** 2 / expected for row in busy + rare)
    assert chi_square < 72.05
    assert pairs[True] <= 20, "two accesses are drawn independently: 5*4/(40*39) of 400 is about 5"


async def test_the_same_seed_draws_the_same_and_several_rows_are_one_access(pool: Pool) -> None:
    await logged(pool, rows(20))
    await pool.execute(
        "insert into audit_log (audit_id, audit_day, stage, at, client, acting_user, service, action, purpose)"
        " select audit_id, audit_day, 'delivered', at, client, acting_user, service, action, purpose from audit_log"
    )
    async with pool.acquire() as connection:
        first, of = await spot_checks.draw(connection, Lottery(**ONE_DAY, size=7, seed=1))
        await connection.execute("create table kept as table audit_log; delete from audit_log")
        await connection.execute("insert into audit_log select * from kept order by random()")
        assert await spot_checks.draw(connection, Lottery(**ONE_DAY, size=7, seed=1)) == (first, 20)
        larger, _ = await spot_checks.draw(connection, Lottery(**ONE_DAY, size=9, seed=1))
        other, _ = await spot_checks.draw(connection, Lottery(**ONE_DAY, size=7, seed=2))
        everything, _ = await spot_checks.draw(connection, Lottery(**ONE_DAY, size=500, seed=1))
    assert (of, larger[:7], len(everything), len(set(everything))) == (20, first, 20, 20)
    assert other != first


async def test_so_many_of_each_user_and_only_what_is_asked_for(pool: Pool) -> None:
    await logged(pool, rows(30, acting_user="anna") + rows(2, acting_user="bo") + rows(5, acting_user=None))
    await logged(pool, rows(5, client="journal", acting_user="anna") + rows(5, day=BEFORE))
    check, drawn = await begin(pool, Lottery(**ONE_DAY, size=3, per_user=True))
    counts = collections.Counter((each.inquiry.client, each.inquiry.acting_user) for each in drawn)
    assert counts == {
        ("case-system", "anna"): 3, ("case-system", "bo"): 2, ("case-system", None): 3, ("journal", "anna"): 3,
    }  # fmt: skip
    assert (check.population, check.drawn, check.drawn_by) == (42, 11, "dpo")
    only, drawn = await begin(pool, Lottery(**ONE_DAY, size=1000, client="case-system", acting_user="anna"))
    assert (only.population, {each.inquiry.client for each in drawn}) == (30, {"case-system"})
    with pytest.raises(errors.SpotCheckEmpty):
        await begin(pool, Lottery(**ONE_DAY, size=1, client="nobody"))
    assert len(await spot_checks.page(pool, is_open=True, before=2**53, size=10)) == 2
    assert (
        await pool.fetchval("select purpose from audit_log where action = $1", spot_checks.DRAW)
        == WHY.purpose
    )


async def test_more_than_a_check_may_have_are_refused(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spot_checks, "MOST", 3)
    await logged(pool, [row for user in "abcd" for row in rows(1, acting_user=user)])
    with pytest.raises(errors.SpotCheckTooLarge):
        await begin(pool, Lottery(**ONE_DAY, size=1, per_user=True))
    assert await spot_checks.page(pool, is_open=False, before=2**53, size=10) == []


async def test_what_the_log_forgets_is_forgotten_here(pool: Pool) -> None:
    await logged(pool, rows(2, day=BEFORE) + rows(2))
    both, drawn = await begin(pool, Lottery(first_day=BEFORE, last_day=YESTERDAY, size=10))
    old, _ = await begin(pool, Lottery(first_day=BEFORE, last_day=BEFORE, size=10))
    assert (both.drawn, old.drawn) == (4, 2)
    await spot_checks.judge(pool, both.check_id, drawn[0].inquiry.audit_id, Verdict.OK, None, by="dpo")
    async with pool.acquire() as connection:
        today = YESTERDAY + dt.timedelta(days=1)
        dropped = await drop_expired(connection, retention=dt.timedelta(days=300), today=today)
        assert dropped == [f"audit_log_{BEFORE:%Y%m%d}"]
    kept, drawn = await spot_checks.get(pool, both.check_id)
    assert (kept.drawn, [each.inquiry.audit_day for each in drawn]) == (2, [YESTERDAY, YESTERDAY])
    with pytest.raises(errors.SpotCheckUnknown):
        await spot_checks.get(pool, old.check_id)
    assert await pool.fetchval("select count(*) from audit_spot_check_inquiry") == 2


async def test_a_check_from_its_drawing_to_its_end(
    pool: Pool, service_settings: Settings, issuer: DevelopmentIssuer
) -> None:
    await logged(pool, [Row(row.audit_id, contact_ids=(7,)) for row in rows(8)])
    asked = {
        "first_day": str(YESTERDAY),
        "last_day": str(YESTERDAY),
        "size": 2,
        "seed": 3,
        "purpose": "monthly review",
    }
    async with watching(service_settings, issuer, Scope.AUDIT_READ) as dpo:
        answer = await dpo.post("/audit/spot-checks", json=asked)
        assert answer.status_code == 201, answer.text
        check = answer.json()
        first, second = check["items"]
        assert (check["population"], check["drawn"], check["seed"], first["verdict"]) == (8, 2, 3, None)
        assert (first["contact_ids"], first["acting_user"], first["purpose"]) == (
            [7],
            "anna",
            "child support",
        )
        again = (await dpo.post("/audit/spot-checks", json=asked)).json()
        assert [each["audit_id"] for each in again["items"]] == [first["audit_id"], second["audit_id"]]

        path = f"/audit/spot-checks/{check['check_id']}"
        note = {"verdict": "look-into", "note": "why 010160-1234?"}
        judged = await dpo.put(f"{path}/verdicts/{first['audit_id']}", json=note)
        assert (judged.status_code, judged.json()["judged"], judged.json()["to_look_into"]) == (200, 1, 1)
        early = await dpo.post(f"{path}/close")
        assert (early.status_code, slug(early), early.json()["remaining"]) == (
            409,
            "spot-check-unfinished",
            1,
        )
        await dpo.put(f"{path}/verdicts/{second['audit_id']}", json={"verdict": "look-into"})
        await dpo.put(f"{path}/verdicts/{second['audit_id']}", json={"verdict": "ok"})
        shown = (await dpo.get(path)).json()["items"]
        assert [(each["verdict"], each["note"], each["judged_by"]) for each in shown] == [
            ("look-into", "why 010160-xxxx?", "dpo"),
            ("ok", None, "dpo"),
        ]
        other = await dpo.put(f"{path}/verdicts/{uuid.uuid4()}", json={"verdict": "ok"})
        assert (other.status_code, slug(other)) == (404, "not-drawn")
        closed = await dpo.post(f"{path}/close", json={"conclusion": "one question asked"})
        assert (closed.json()["closed_by"], closed.json()["conclusion"]) == ("dpo", "one question asked")
        for late in (
            await dpo.post(f"{path}/close"),
            await dpo.put(f"{path}/verdicts/{first['audit_id']}", json={"verdict": "ok"}),
        ):
            assert (late.status_code, slug(late)) == (409, "spot-check-closed")
        listed = [
            [
                each["check_id"]
                for each in (await dpo.get("/audit/spot-checks", params={"open": each})).json()["items"]
            ]
            for each in (True, False)
        ]
        assert listed == [[again["check_id"]], [again["check_id"], check["check_id"]]]
        for unknown in (
            await dpo.get("/audit/spot-checks/99"),
            await dpo.post("/audit/spot-checks/99/close"),
        ):
            assert (unknown.status_code, slug(unknown)) == (404, "spot-check-unknown")
        today = str(YESTERDAY + dt.timedelta(days=1))
        for wrong in (
            {"last_day": today},
            {"first_day": today},
            {"size": 0},
            {"size": 1001},
            {"purpose": " "},
            {"seed": -1},
        ):
            refused = await dpo.post("/audit/spot-checks", json=asked | wrong)
            assert (refused.status_code, slug(refused)) == (422, "invalid-request"), wrong
