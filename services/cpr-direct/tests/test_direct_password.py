"""A change of the password, and a crash at each of its steps: one password holds, on both sides the same, or it is said which."""

import asyncio
import contextlib
import datetime as dt
import string
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from cpr_direct import errors, password, password_rules
from cpr_direct.errors import (
    ConnectionFailed,
    DirectError,
    LogonRefused,
    NewPasswordRefused,
    NoPasswordHolds,
    PasswordNotNew,
    PasswordRuleBroken,
    PasswordUnsettled,
    SecretKeyMissing,
)
from cpr_direct.gateway import Gateway
from cpr_direct.held import PASSWORD as NAME
from cpr_direct.held import PREPARED, Held
from cpr_direct.logon import StoredLogons
from cpr_direct.password import Point
from cpr_direct.settings import PasswordSettings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from tests.support import secrets_in_use
from tests.support.direct_logons import WHOM, MakeLogons
from tests.support.direct_server import (
    NEW_PASSWORD,
    PASSWORD,
    DirectServer,
    settings_of,
)
from tests.support.services import AUDIT_KEY
from tests.support.waiting import until

OLD, NEW = SecretStr(PASSWORD), SecretStr(NEW_PASSWORD)
BY = "operator"
RULES = {
    "Kort-1": errors.PasswordLength,
    "For-lang1": errors.PasswordLength,
    "Gæmmel-1": errors.PasswordCharacter,
    "Gamm'l-1": errors.PasswordCharacter,
    "Gamm l-1": errors.PasswordCharacter,
    "GAMMEL-1": errors.PasswordWithoutSmallLetter,
    "gammel-1": errors.PasswordWithoutCapital,
    "Gammel-x": errors.PasswordWithoutDigit,
    "Gammel11": errors.PasswordWithoutSpecial,
}


class Crash(BaseException):
    """Stands for the end of the process."""


class Replica:
    """One process: its gateway and logons."""

    def __init__(self, gateway: Gateway, logons: StoredLogons, pool: Pool, secret_store: SecretStore) -> None:
        self.gateway = gateway
        self.logons = logons
        self.pool = pool
        self.secrets = secret_store

    async def change(self, new: SecretStr | None = NEW, crash_at: Point | None = None) -> None:
        def checkpoint(point: Point) -> None:
            if point is crash_at:
                raise Crash

        await password.change(self.gateway, self.logons, new, by=BY, checkpoint=checkpoint)

    async def lookup(self) -> str:
        try:
            await self.gateway.lookup(WHOM)
        except DirectError as error:
            return type(error).__name__
        return "ok"

    async def stored(self) -> str | None:
        found = await self.secrets.get(self.pool, NAME)
        return found.get_secret_value() if found else None

    async def is_clean(self) -> bool:
        """Whether no change is open, and nothing of one is left."""
        is_open = await self.pool.fetchval("select 1 from cpr_password_change where ended_at is null")
        return not is_open and await self.secrets.get(self.pool, PREPARED) is None

    async def ends(self) -> list[str]:
        return [row[0] for row in await self.pool.fetch("select outcome from cpr_password_change order by 1")]


@contextlib.asynccontextmanager
async def process(
    register: Any, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore, **changes: Any
) -> AsyncIterator[Replica]:
    settings = settings_of(register, **changes)
    logons = make_logons(settings)
    async with Gateway.open(settings, logons) as gateway:
        yield Replica(gateway, logons, pool, secret_store)


@pytest.fixture
async def replica(
    register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> AsyncIterator[Replica]:
    async with process(register, make_logons, pool, secret_store) as replica:
        yield replica


@pytest.fixture
async def survivor(
    register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> AsyncIterator[Replica]:
    """Another process, or the same after a restart."""
    async with process(register, make_logons, pool, secret_store) as replica:
        yield replica


async def test_a_store_that_fails_once_cpr_has_the_new_password_is_told_as_such(
    replica: Replica, survivor: Replica, register: DirectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError

    with monkeypatch.context() as patched:
        patched.setattr(Held, "promote", fail)
        with pytest.raises(PasswordUnsettled):
            await replica.change()
    assert register.password == NEW_PASSWORD
    assert await survivor.lookup() == "ok"
    assert await survivor.stored() == NEW_PASSWORD
    assert await survivor.is_clean()


# The rules.


@pytest.mark.parametrize(
    "text", list(RULES), ids=[f"{kind.__name__}-{n}" for n, kind in enumerate(RULES.values())]
)
async def test_each_rule_has_an_error_and_nothing_is_sent(
    replica: Replica, register: DirectServer, text: str
) -> None:
    secrets_in_use.add(text)
    assert [type(each) for each in password_rules.broken_rules(SecretStr(text))] == [RULES[text]]
    with pytest.raises(RULES[text]) as refused:
        await replica.change(SecretStr(text))
    assert text not in str(refused.value)
    assert register.connections == 0
    assert await replica.is_clean()


def test_all_broken_rules_are_told_at_once() -> None:
    with pytest.raises(PasswordRuleBroken) as refused:
        password_rules.check(SecretStr("æ"))
    assert [type(each) for each in (refused.value, *refused.value.others)] == [
        errors.PasswordLength,
        errors.PasswordCharacter,
        errors.PasswordWithoutSmallLetter,
        errors.PasswordWithoutCapital,
        errors.PasswordWithoutDigit,
        errors.PasswordWithoutSpecial,
    ]
    assert str(refused.value).count(";") >= 5


@given(st.text(alphabet=string.printable + "æøåÆ'\"<>&?", min_size=6, max_size=10))
def test_the_rules_say_what_cpr_says(text: str) -> None:
    special = "~!@#$%^*()_-+=,./{}[];:"
    is_good = (
        len(text) == 8
        and all(each in string.ascii_letters + string.digits + special for each in text)
        and any(each in string.ascii_lowercase for each in text)
        and any(each in string.ascii_uppercase for each in text)
        and any(each in string.digits for each in text)
        and any(each in special for each in text)
    )
    assert (not password_rules.broken_rules(SecretStr(text))) is is_good


def test_generated_ones_keep_the_rules_and_differ() -> None:
    made = [password_rules.generated() for _ in range(500)]
    assert not any(password_rules.broken_rules(each) for each in made)
    assert len({each.get_secret_value() for each in made}) == 500


# A change.


@pytest.mark.parametrize("new", [NEW, None], ids=["given", "generated"])
async def test_a_change(
    replica: Replica, survivor: Replica, register: DirectServer, new: SecretStr | None
) -> None:
    assert await replica.lookup() == "ok"
    await replica.change(new)
    assert register.password == await replica.stored()
    assert (register.password == NEW_PASSWORD) is (new is not None)
    assert not password_rules.broken_rules(SecretStr(register.password))
    assert (await replica.logons.state()).last_accepted
    assert await replica.lookup() == "ok"  # in the session that came with the change
    assert register.logons == ["00", "00"]
    assert await survivor.lookup() == "ok"
    assert "01" not in register.logons
    assert await replica.is_clean()
    assert await replica.ends() == ["changed"]


async def test_a_change_after_a_change(replica: Replica, register: DirectServer) -> None:
    await replica.change(None)
    await replica.change(NEW)
    with pytest.raises(PasswordNotNew):
        await replica.change(NEW)
    assert register.logons == ["00", "00"]


async def test_an_expired_password_can_be_changed(replica: Replica, register: DirectServer) -> None:
    register.is_expired = True
    assert await replica.lookup() == "PasswordExpired"
    await replica.change()
    assert await replica.lookup() == "ok"
    assert register.logons == ["02", "00"]


async def test_a_new_password_that_cpr_refuses(replica: Replica, register: DirectServer) -> None:
    register.logon_errors.append("03")
    with pytest.raises(NewPasswordRefused):
        await replica.change()
    assert await replica.is_clean()
    assert await replica.ends() == ["refused"]
    assert await replica.lookup() == "ok"
    assert register.logons == ["03", "00"]


async def test_a_change_with_a_wrong_password_blocks(
    register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> None:
    register.password = "Another1"
    async with process(register, make_logons, pool, secret_store) as replica:
        with pytest.raises(LogonRefused):
            await replica.change()
        with pytest.raises(DirectError, match="not tried again"):
            await replica.change()
        assert await replica.lookup() == "LogonBlocked"
        assert await replica.is_clean()
    assert register.logons == ["01"]


async def test_a_change_that_was_never_sent(replica: Replica, register: DirectServer) -> None:
    register._server.close()
    with pytest.raises(ConnectionFailed):
        await replica.change()
    assert await replica.is_clean()
    assert await replica.ends() == ["not-sent"]
    assert register.logons == []


async def test_without_a_key_nothing_is_sent(register: DirectServer, pool: Pool) -> None:
    settings = settings_of(register)
    logons = StoredLogons(pool, SecretStore([]), AUDIT_KEY, settings)
    async with Gateway.open(settings, logons) as gateway:
        for attempt in (
            password.change(gateway, logons, NEW, by=BY),
            password.store(logons, NEW, by=BY),
        ):
            with pytest.raises(SecretKeyMissing):
                await attempt
    assert register.connections == 0


async def test_a_store_that_cannot_be_written_keeps_the_old_password(
    replica: Replica, register: DirectServer, pool: Pool
) -> None:
    await pool.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
        "create trigger refuse before insert or update on stored_secret execute function refuse()"
    )
    with pytest.raises(errors.StoreUnavailable):
        await replica.change()
    assert register.connections == 0


async def test_other_replicas_wait_for_a_change_and_take_it_up(
    replica: Replica, survivor: Replica, register: DirectServer
) -> None:
    assert await survivor.lookup() == "ok"
    register.hold()
    change = asyncio.create_task(replica.change())
    await until(lambda: has_logons(register, 2))
    register.forget_sessions()
    lookups = [asyncio.create_task(survivor.lookup()) for _ in range(20)]
    register.flow()
    await change
    assert await asyncio.gather(*lookups) == ["ok"] * 20
    assert "01" not in register.logons


async def has_logons(register: DirectServer, number: int) -> bool:
    return len(register.logons) >= number


async def test_two_changes_at_once_are_made_one_after_the_other(
    replica: Replica, survivor: Replica, register: DirectServer
) -> None:
    await asyncio.gather(replica.change(None), survivor.change(None))
    assert register.logons == ["00", "00"]
    assert await replica.stored() == register.password


# Crashes.


@pytest.mark.parametrize("point", list(Point), ids=lambda point: point.name.lower())
@pytest.mark.parametrize("is_settled_at_start", [True, False], ids=["at-start", "at-logon"])
async def test_a_crash_at_any_step(
    replica: Replica, survivor: Replica, register: DirectServer, point: Point, is_settled_at_start: bool
) -> None:
    with pytest.raises(Crash):
        await replica.change(crash_at=point)
    assert register.password == (NEW_PASSWORD if point in (Point.CHANGED, Point.PROMOTED) else PASSWORD)
    if is_settled_at_start:
        await password.settle(survivor.gateway, survivor.logons)
        assert await survivor.is_clean()
    assert await survivor.lookup() == "ok"
    assert await survivor.is_clean()
    holds = (await survivor.stored()) or PASSWORD
    assert holds == register.password
    assert register.logons.count("01") <= (1 if point is Point.SENT else 0)
    await survivor.change(SecretStr(secrets_in_use.add("Tredje#3")))
    assert await survivor.stored() == register.password == "Tredje#3"


ENDS = {
    Point.CHECKED: [],
    Point.PREPARED: ["not-sent"],
    Point.SENT: ["found-unchanged"],
    Point.CHANGED: ["found-changed"],
    Point.PROMOTED: ["changed"],
}


@pytest.mark.parametrize("point", list(Point), ids=lambda point: point.name.lower())
async def test_what_came_of_it_is_written_down(replica: Replica, survivor: Replica, point: Point) -> None:
    with pytest.raises(Crash):
        await replica.change(crash_at=point)
    unsettled = (await survivor.logons.state()).unsettled_since
    assert (unsettled is not None) is (point in (Point.SENT, Point.CHANGED))
    await survivor.lookup()
    assert await survivor.ends() == ENDS[point]
    assert (await survivor.logons.state()).unsettled_since is None


async def unanswered(replica: Replica, register: DirectServer, *, is_changed: bool) -> None:
    """A change of which CPR does not say what came of it."""
    await replica.lookup()
    before = register._logged_on

    def logged_on(message: bytes) -> bytes:
        if not is_changed:
            message = message[:27] + b" " * 8
        before(message)
        register._logged_on = before  # type: ignore[method-assign]
        return b""

    register._logged_on = logged_on  # type: ignore[method-assign]
    with pytest.raises(PasswordUnsettled) as unsettled:
        await replica.change()
    assert unsettled.value.may_have_reached


@pytest.mark.parametrize("is_changed", [True, False], ids=["changed", "unchanged"])
async def test_a_change_without_an_answer_is_settled_by_the_next_logon(
    replica: Replica, survivor: Replica, register: DirectServer, is_changed: bool
) -> None:
    await unanswered(replica, register, is_changed=is_changed)
    assert register.password == (NEW_PASSWORD if is_changed else PASSWORD)
    assert await replica.lookup() == "ok"  # its session goes on
    assert await survivor.lookup() == "ok"
    assert await survivor.is_clean()
    assert register.logons.count("01") == (0 if is_changed else 1)


async def test_a_change_is_settled_before_another_one(replica: Replica, register: DirectServer) -> None:
    await unanswered(replica, register, is_changed=True)
    await replica.change(SecretStr(secrets_in_use.add("Tredje#3")))
    assert register.password == await replica.stored() == "Tredje#3"
    assert await replica.ends() == ["changed", "found-changed"]


async def test_it_stays_open_while_cpr_cannot_be_asked(
    replica: Replica, survivor: Replica, register: DirectServer
) -> None:
    await unanswered(replica, register, is_changed=False)
    register.logon_errors.extend(["04", "09"])
    assert await survivor.lookup() == "CprClosed"
    with pytest.raises(DirectError):
        await password.settle(survivor.gateway, survivor.logons)
    assert not await survivor.is_clean()
    assert await survivor.lookup() == "ok"
    assert await survivor.is_clean()


async def test_a_crash_between_the_two_tries_costs_no_second_wrong_logon(
    replica: Replica, survivor: Replica, register: DirectServer
) -> None:
    await unanswered(replica, register, is_changed=False)
    register.logon_errors.extend(
        ["01", "04"]
    )  # the new one is wrong; the old one cannot be tried at the moment
    assert await survivor.lookup() == "CprClosed"
    assert await survivor.lookup() == "ok"
    assert register.logons[-3:] == ["01", "04", "00"]
    assert await survivor.ends() == ["found-unchanged"]


async def test_neither_holds(replica: Replica, survivor: Replica, register: DirectServer) -> None:
    await unanswered(replica, register, is_changed=False)
    register.password = "Another1"
    with pytest.raises(NoPasswordHolds):
        await password.settle(survivor.gateway, survivor.logons)
    assert register.logons.count("01") == 2
    assert await survivor.lookup() == "LogonBlocked"
    assert register.logons.count("01") == 2
    assert await survivor.ends() == ["none-holds"]
    await password.store(survivor.logons, SecretStr("Another1"), by=BY)
    assert await survivor.lookup() == "ok"


@pytest.mark.parametrize("is_changed", [True, False], ids=["changed", "unchanged"])
async def test_an_expired_password_is_right_all_the_same(
    replica: Replica, survivor: Replica, register: DirectServer, is_changed: bool
) -> None:
    await unanswered(replica, register, is_changed=is_changed)
    register.is_expired = True
    assert await survivor.lookup() == "PasswordExpired"
    assert await survivor.ends() == ["found-changed" if is_changed else "found-unchanged"]
    await survivor.change(SecretStr(secrets_in_use.add("Tredje#3")))
    assert await survivor.lookup() == "ok"


async def test_nobody_settles_what_a_living_process_is_at(
    replica: Replica, register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> None:
    register.hold()
    change = asyncio.create_task(replica.change())
    await until(lambda: has_logons(register, 1))
    async with process(register, make_logons, pool, secret_store, limits={"wait_seconds": 0.1}) as other:
        await password.settle(other.gateway, other.logons)
        assert await other.lookup() == "LogonBusy"
    register.flow()
    await change
    assert register.logons == ["00"]
    assert await replica.ends() == ["changed"]


async def test_a_change_of_an_account_that_is_not_set_any_more_is_left_alone(
    replica: Replica, register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> None:
    await unanswered(replica, register, is_changed=False)
    async with process(register, make_logons, pool, secret_store, user_id="ANOTHER") as other:
        assert (await other.logons.state()).unsettled_since is None
        assert await other.lookup() == "ok"
        assert not await other.is_clean()  # whoever sets the former one again may need it
        await other.change()
        assert await other.ends() == ["changed", "superseded"]
    assert "01" not in register.logons


# Passwords that were changed elsewhere, and old ones.


@pytest.mark.parametrize(
    "text",
    ["Kort-1", "For-lang1", "Gæmmel-1", "Gamm l-1", ""],
    ids=["short", "long", "letter", "blank", "none"],
)
async def test_what_can_be_no_password_is_not_stored(replica: Replica, text: str) -> None:
    with pytest.raises(PasswordRuleBroken):
        await password.store(replica.logons, SecretStr(text), by=BY)
    assert await replica.stored() is None


async def test_a_stored_password_ends_an_open_change(replica: Replica, register: DirectServer) -> None:
    await unanswered(replica, register, is_changed=False)
    register.password = "GAMMEL12"  # made under older rules
    await password.store(replica.logons, SecretStr("GAMMEL12"), by=BY)
    assert await replica.is_clean()
    register.forget_sessions()
    assert await replica.lookup() == "ok"
    assert "01" not in register.logons
    assert await replica.ends() == ["stored", "superseded"]


async def test_when_a_password_is_due(replica: Replica, register: DirectServer) -> None:
    settings = PasswordSettings(change_after_days=60)
    now = dt.datetime.now(dt.UTC)
    later = dt.timedelta(days=60)

    async def is_due(at: dt.datetime, due: PasswordSettings = settings) -> bool:
        return await password.due(replica.logons, due, at)

    assert not await is_due(now + later)  # since when it is in force is not known
    await replica.lookup()
    assert not await is_due(now + later - dt.timedelta(hours=1))
    assert await is_due(now + later + dt.timedelta(hours=1))
    assert not await is_due(now + 10 * later, PasswordSettings())
    await replica.change()
    since = (await replica.logons.state()).password_since
    assert since
    assert not await is_due(since + later - dt.timedelta(seconds=1))
    assert await is_due(since + later)


async def test_an_expired_password_is_due(replica: Replica, register: DirectServer) -> None:
    register.is_expired = True
    await replica.lookup()
    now = dt.datetime.now(dt.UTC)
    assert await password.due(replica.logons, PasswordSettings(change_after_days=60), now)
    assert not await password.due(replica.logons, PasswordSettings(), now)
