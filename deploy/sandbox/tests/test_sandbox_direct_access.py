"""Who may use CPR Direkte: logons, passwords and their rules, tokens, and the error number of everything that is not allowed."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from registerbro_sandbox.direct import Accounts, DirectWrong, Key, Rules, Terms
from registerbro_sandbox.direct.accounts import AccountThere, AccountUnknown
from registerbro_sandbox.direct.passwords import follows_rules
from registerbro_sandbox.direct.tokens import Tokens
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle

from tests.support.sandbox_direct import ACCOUNT, PASSWORD, DirectClient, logged_on, serving

NEW, NEWER = "Nyt-0rd!", "Nyere.1a"
UNKNOWN = "0101604321"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Chronicle.begin(tmp_path, Population(1, 20), Delivery(dt.date(2026, 3, 2)))
    return tmp_path


@pytest.fixture
def number(home: Path) -> str:
    return Chronicle.read(home).world.person(0).number


# Logons


def test_01_for_a_wrong_password_and_an_unknown_user(home: Path) -> None:
    with serving(home) as (_, client):
        assert client.log_on("Abcd12!y").error == 1
        client.user = "NOBODY"
        reply = client.log_on(PASSWORD)
        assert (reply.error, reply.token) == (1, " " * 8)
        assert reply.text[14:22] == "NOBODY  "


def test_three_wrong_passwords_lock_the_account_until_it_is_unlocked(home: Path) -> None:
    with serving(home) as (server, client):
        for wrong in ("Abcd12!y", "Abcd12!z", "abcd12!x"):
            assert client.log_on(wrong).error == 1
        assert client.log_on(PASSWORD).error == 1
        account = server.accounts.find(ACCOUNT)
        assert account
        assert (account.is_locked, account.wrong) == (True, 3)
        Accounts(home).change(ACCOUNT, is_locked=False, wrong=0)  # as another process does
        assert client.log_on(PASSWORD).error == 0


def test_a_right_password_forgives_wrong_ones(home: Path) -> None:
    with serving(home) as (server, client):
        for password in ("falsk-1A", "falsk-2A", PASSWORD, "falsk-3A", "falsk-4A", PASSWORD):
            client.log_on(password)
        assert client.log_on(PASSWORD).error == 0
        assert server.counts.wrong_logons == {"SANDBOX1": 4}


def test_a_lock_outlives_a_restart(home: Path) -> None:
    terms = Terms(rules=Rules(wrong_logons=1))
    with serving(home, terms=terms) as (_, client):
        client.log_on("falsk-1A")
    with serving(home, terms=terms) as (_, client):
        assert client.log_on(PASSWORD).error == 1


def test_02_for_an_expired_password_until_it_is_changed(home: Path) -> None:
    with serving(home) as (server, client):
        server.accounts.change(ACCOUNT, expires=dt.datetime.now(dt.UTC))
        assert client.log_on(PASSWORD).error == 2
        assert client.log_on("falsk-1A").error == 1  # not before the password was right
        assert client.log_on(PASSWORD, NEW).error == 0
        assert client.log_on(NEW).error == 0


def test_a_new_password_lasts_as_long_as_is_set(home: Path) -> None:
    life = dt.timedelta(days=90)
    with serving(home, terms=Terms(rules=Rules(password_life=life))) as (server, client):
        client.log_on(PASSWORD, NEW)
        account = server.accounts.find(ACCOUNT)
        assert account
        assert account.expires
        assert life - dt.timedelta(minutes=1) < account.expires - dt.datetime.now(dt.UTC) <= life


def test_a_new_password_outlives_a_restart(home: Path) -> None:
    with serving(home) as (server, client):
        assert client.log_on(PASSWORD, NEW).error == 0
        assert client.token.strip()
        assert server.counts.password_changes == 1
    with serving(home) as (_, client):
        assert client.log_on(PASSWORD).error == 1
        assert client.log_on(NEW).error == 0


def test_03_for_a_password_against_the_rules_or_had_before(home: Path) -> None:
    with serving(home) as (server, client):
        assert client.log_on(PASSWORD, "password").error == 3
        assert client.log_on(PASSWORD, PASSWORD).error == 3
        assert client.log_on(PASSWORD, NEW).error == 0
        assert client.log_on(NEW, NEWER).error == 0
        for former in (PASSWORD, NEW, NEWER):
            assert client.log_on(NEWER, former).error == 3
        assert client.log_on(NEWER).error == 0
        assert server.counts.password_changes == 2


def test_a_change_takes_the_right_password_and_counts_wrong_ones(home: Path) -> None:
    with serving(home, terms=Terms(rules=Rules(wrong_logons=2))) as (_, client):
        assert client.log_on("falsk-1A", NEW).error == 1
        assert client.log_on("falsk-1A", NEW).error == 1
        assert client.log_on(PASSWORD, NEW).error == 1


@pytest.mark.parametrize(
    ("candidate", "follows"),
    [
        ("Abcd12!x", True),
        ("aB3;aB3;", True),
        ("Abcd12!", False),  # seven characters
        ("Abcd12!xy", False),
        ("abcd12!x", False),  # no capital
        ("ABCD12!X", False),
        ("Abcdef!x", False),  # no digit
        ("Abcd12xy", False),  # no special character
        ("Abcd12'x", False),  # on both of CPR's lists
        ('Abcd12"!', False),
        ("Abcd1<!x", False),
        ("Abcd1&!x", False),
        ("Abcd1?!x", False),
        ("Åbcd1A!x", False),
        ("Abcd 1!x", False),
    ],
    ids=range(15),
)
def test_passwords_follow_cprs_rules(candidate: str, follows: bool) -> None:
    assert follows_rules(candidate) is follows


def test_no_password_is_kept_as_it_is(home: Path) -> None:
    with serving(home) as (_, client):
        client.log_on(PASSWORD, NEW)
    own = home / ".sandbox" / "direct-accounts.json"
    assert own.stat().st_mode & 0o077 == 0
    assert not [word for word in (PASSWORD, NEW) if word in own.read_text()]
    assert not [word for word in Accounts(home).all()[0].former if word in repr(Accounts(home).all())]


# Requests

Wrong = Callable[[DirectClient], None]


def _customer(client: DirectClient) -> None:
    client.customer = "9999"


def _transaction(client: DirectClient) -> None:
    client.transaction = "PRIV"


def _user(client: DirectClient) -> None:
    client.user = "NOBODY"


def _token(client: DirectClient) -> None:
    client.token = "AbCd1234"


@pytest.mark.parametrize(
    ("error", "wrong", "types", "asked"),
    [
        (1, _user, "06", None),
        (5, None, "06", UNKNOWN),
        (5, None, "10", "9999999999"),
        (6, _customer, "06", None),
        (7, _token, "06", None),
        (10, None, "26", None),
        (11, None, "05", None),
        (17, None, "06", ""),
        (17, None, "06", "0000000000"),
        (17, None, "06", "01016O4321"),
        (99, _transaction, "06", None),
    ],
    ids=[
        "user",
        "person",
        "impossible",
        "customer",
        "token",
        "subscription type",
        "data type",
        "no number",
        "zeros",
        "no digits",
        "transaction",
    ],
)
def test_answers_what_is_wrong_with_its_number(
    home: Path, number: str, error: int, wrong: Wrong | None, types: str, asked: str | None
) -> None:
    with logged_on(home) as (server, client):
        if wrong:
            wrong(client)
        reply = client.ask(number if asked is None else asked, types)
        assert (reply.error, reply.declared) == (error, error)  # a reason code in place of the length
        assert reply.text[:22] == f"{client.customer}{types}{client.token}{client.user:8}"
        assert reply.body.strip()
        assert server.counts.errors == {error: 1}


def test_an_error_can_come_without_a_text(home: Path) -> None:
    with logged_on(home, terms=Terms(sends_error_texts=False)) as (_, client):
        assert len(client.ask(UNKNOWN).content) == 28


@pytest.mark.parametrize(
    ("error", "wrong"), [(6, _customer), (99, _transaction)], ids=["customer", "transaction"]
)
def test_logons_are_refused_for_the_same_reasons(home: Path, error: int, wrong: Wrong) -> None:
    with serving(home) as (_, client):
        wrong(client)
        assert client.log_on(PASSWORD).error == error


def test_11_for_a_logon_that_wants_data(home: Path) -> None:
    with serving(home) as (_, client):
        assert client.log_on(PASSWORD, data_type="6").error == 11


def test_16_for_an_address_that_is_not_registered(home: Path) -> None:
    with serving(home, terms=Terms(allowed_addresses=frozenset({"192.0.2.1"}))) as (_, client):
        assert client.log_on(PASSWORD).error == 16
        assert client.ask(UNKNOWN).error == 16
    with serving(home, terms=Terms(allowed_addresses=frozenset({"127.0.0.1"}))) as (_, client):
        assert client.log_on(PASSWORD).error == 0


@pytest.mark.parametrize("error", [14, 18, 24, 28, 99])
def test_access_can_be_taken_and_given_back(home: Path, number: str, error: int) -> None:
    with logged_on(home) as (server, client):
        server.accounts.change(ACCOUNT, refused=error)
        assert client.ask(number).error == error
        assert client.log_on(PASSWORD).error == (error if error in {24, 28} else 0)
        server.accounts.change(ACCOUNT, refused=None)
        assert client.log_on(PASSWORD).error == 0
        assert client.ask(number).error == 0


def test_every_number_can_be_forced(home: Path, number: str) -> None:
    with logged_on(home) as (server, client):
        for error in range(1, 100):
            server.faults.set(DirectWrong(error=error))
            for reply in (client.log_on(PASSWORD), client.ask(number)):
                assert (reply.error, reply.declared, bool(reply.body)) == (error, error, True)
        server.faults.none()
        assert client.ask(number).error == 0
        assert server.counts.errors == dict.fromkeys(range(1, 100), 2)


# Tokens


def test_07_when_the_token_has_expired(home: Path, number: str) -> None:
    with logged_on(home) as (server, client):
        assert client.ask(number).error == 0
        server.expire_tokens()
        assert client.ask(number).error == 7
        client.log_on(PASSWORD)
        assert client.ask(number).error == 0


def test_a_token_lasts_as_long_as_is_set() -> None:
    now = 100.0
    tokens = Tokens(dt.timedelta(minutes=30), lambda: now)
    token = tokens.issue(ACCOUNT, "127.0.0.1")
    now += 1799.9
    assert tokens.is_good(token, ACCOUNT, "127.0.0.1")
    now += 0.1
    assert not tokens.is_good(token, ACCOUNT, "127.0.0.1")


def test_a_life_of_tokens_reaches_the_server(home: Path, number: str) -> None:
    with logged_on(home, terms=Terms(token_life=dt.timedelta(microseconds=1))) as (_, client):
        assert client.ask(number).error == 7


def test_a_token_is_one_users_at_one_address() -> None:
    tokens = Tokens(dt.timedelta(minutes=30))
    token = tokens.issue(ACCOUNT, "127.0.0.1")
    assert not tokens.is_good(token, ACCOUNT, "127.0.0.2")
    assert not tokens.is_good(token, Key("4630", "ANOTHER"), "127.0.0.1")


def test_tokens_are_forgotten_when_they_are_many_and_old() -> None:
    now = 0.0
    tokens = Tokens(dt.timedelta(seconds=1), lambda: now)
    old = [tokens.issue(ACCOUNT, "127.0.0.1") for _ in range(1000)]
    now = 2.0
    new = tokens.issue(ACCOUNT, "127.0.0.1")
    assert tokens.is_good(new, ACCOUNT, "127.0.0.1")
    assert len(set(old)) == 1000
    assert len(tokens._sessions) == 1


def test_a_second_logon_leaves_the_first_token_good(home: Path, number: str) -> None:
    with logged_on(home) as (_, client):
        first = client.token
        client.log_on(PASSWORD)
        assert client.token != first
        client.token = first
        assert client.ask(number).error == 0


def test_a_restart_forgets_tokens(home: Path, number: str) -> None:
    with logged_on(home) as (_, client):
        token = client.token
    with serving(home) as (_, client):
        client.token = token
        assert client.ask(number).error == 7


# Accounts


def test_customers_and_users_are_kept_apart(home: Path, number: str) -> None:
    with logged_on(home) as (server, client):
        server.accounts.add(Key("1111", "SANDBOX1"), SecretStr(NEW))
        server.accounts.add(Key("4630", "SECOND"), SecretStr(NEWER))
        first = client.token
        client.user = "SECOND"
        assert client.log_on(PASSWORD).error == 1
        assert client.log_on(NEWER).error == 0
        client.token = first  # another user's
        assert client.ask(number).error == 7
        client.customer, client.user = "1111", "SANDBOX1"
        assert client.log_on(NEW).error == 0
        assert client.ask(number).records[0][13:19] == "111101"


def test_an_account_is_there_once_and_changed_only_where_it_is(home: Path) -> None:
    accounts = Accounts(home)
    accounts.add(ACCOUNT, SecretStr(PASSWORD))
    with pytest.raises(AccountThere):
        accounts.add(ACCOUNT, SecretStr(NEW))
    for change in (accounts.remove, lambda key: accounts.set_password(key, SecretStr(NEW))):
        with pytest.raises(AccountUnknown):
            change(Key("4630", "NOBODY"))
    accounts.remove(ACCOUNT)
    assert accounts.all() == ()
