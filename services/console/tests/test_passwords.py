"""Passwords: which are refused, how they are hashed, and that a user who does not exist costs the same work."""

import time

import argon2
import pytest
from console.people import passwords
from console.people.errors import PasswordRefused
from console.people.passwords import PARAMETERS, PasswordHasher
from pydantic import SecretStr

from tests.support import secrets_in_use
from tests.support.people import CHEAP, PASSWORD

NAMES = ("anna.jensen", "Anna Jensen")
# argon2id's least in OWASP's cheat sheet on password storage: KiB of memory, passes
OWASP = ((47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5))


def test_the_parameters_are_among_owasp_s() -> None:
    found = argon2.extract_parameters(PasswordHasher()._nobody)
    assert found == PARAMETERS
    assert found.type is argon2.Type.ID
    assert any(found.memory_cost >= memory and found.time_cost >= passes for memory, passes in OWASP)
    assert (found.salt_len, found.hash_len) == (16, 32)


@pytest.mark.parametrize(
    "chosen",
    [
        "elevenchars",
        "passwordpassword",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "qwertyuiopasdf",
        "annajensen12",
        "Registerbro1",
        "hest-tog-\x00lampe-42",
        "hest-tog-lampe-42" * 12,
    ],
)
def test_what_is_short_common_or_easy_to_guess_is_refused(chosen: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        passwords.checked(SecretStr(chosen), names=NAMES)
    assert chosen not in str(refused.value)


@pytest.mark.parametrize("chosen", [PASSWORD, "blåbærgrød med fløde", "æ" * 3 + " kælder tøj 9!"])
def test_length_counts_and_composition_does_not(chosen: str) -> None:
    assert passwords.checked(SecretStr(chosen), names=NAMES).get_secret_value() == chosen


def test_no_password_takes_long_to_be_estimated() -> None:
    begun = time.process_time()
    passwords.checked(SecretStr("4x@x8x(x{x[x<x3x6x9x!x1x|x7x0x$x5x+x%x2x" * 2), names=NAMES)
    assert time.process_time() - begun < 1.5  # it took several times that, in which nobody else was answered


def test_a_one_time_password_is_random_and_would_be_accepted() -> None:
    made = {secrets_in_use.add(passwords.one_time().get_secret_value()) for _ in range(20)}
    assert len(made) == 20
    for each in made:
        passwords.checked(SecretStr(each), names=NAMES)


async def test_the_same_letters_are_the_same_password_however_a_keyboard_writes_them() -> None:
    hasher = PasswordHasher(CHEAP)
    kept = await hasher.hash(SecretStr("blåbærgrød"))
    assert await hasher.matches(kept, SecretStr("bla\u030abærgrød"))
    assert not await hasher.matches(kept, SecretStr("blabærgrød"))


async def test_nobody_s_password_costs_a_comparison_too(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(CHEAP)
    kept = await hasher.hash(SecretStr(PASSWORD))
    compared: list[argon2.Parameters] = []
    verify = argon2.PasswordHasher.verify

    def counting(self: argon2.PasswordHasher, text: str, password: str) -> bool:
        compared.append(argon2.extract_parameters(text))
        return bool(verify(self, text, password))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    assert await hasher.matches(kept, SecretStr(PASSWORD))
    assert not await hasher.matches(kept, SecretStr("wrong"))
    assert not await hasher.matches(None, SecretStr(PASSWORD))
    assert compared == [CHEAP, CHEAP, CHEAP]


async def test_a_hash_with_other_parameters_is_outdated() -> None:
    kept = await PasswordHasher(CHEAP).hash(SecretStr(PASSWORD))
    hasher = PasswordHasher()
    assert hasher.is_outdated(kept)
    assert not hasher.is_outdated(await hasher.hash(SecretStr(PASSWORD)))
