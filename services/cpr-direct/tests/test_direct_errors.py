"""Every error has a number, a decision and a face; and none of them says more than it may."""

import copy
import datetime as dt
from collections.abc import Iterator

import pytest
from cpr_direct import errors
from cpr_direct.errors import Decision, DirectError, UnexpectedError, cpr_error, presentation

MEANINGS = {
    "01": (errors.LogonRefused, Decision.STOP),
    "02": (errors.PasswordExpired, Decision.STOP),
    "03": (errors.NewPasswordRefused, Decision.STOP),
    "04": (errors.CprClosed, Decision.RETRY_LATER),
    "05": (errors.PersonUnknown, Decision.NOT_FOUND),
    "06": (errors.CustomerUnknown, Decision.STOP),
    "07": (errors.TokenExpired, Decision.LOGON_AGAIN),
    "08": (errors.CprDeadlock, Decision.RETRY_NOW),
    "09": (errors.CprDisconnected, Decision.RETRY_LATER),
    "10": (errors.SubscriptionTypeUnknown, Decision.STOP),
    "11": (errors.DataTypeUnknown, Decision.STOP),
    "14": (errors.TransactionsClosed, Decision.RETRY_LATER),
    "16": (errors.AddressNotAllowed, Decision.STOP),
    "17": (errors.NumberMissing, Decision.STOP),
    "18": (errors.TransactionNotActive, Decision.STOP),
    "24": (errors.UsersClosed, Decision.RETRY_LATER),
    "28": (errors.UserNotActive, Decision.STOP),
    "99": (errors.TransactionNotAllowed, Decision.STOP),
}
BLOCKING = {"01", "02", "06", "18", "28", "99"}


def kinds(of: type[DirectError]) -> Iterator[type[DirectError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("number", [f"{number:02}" for number in range(1, 100)])
def test_every_number_has_a_meaning_and_a_decision(number: str) -> None:
    error = cpr_error(number)
    assert error.number == number
    assert (type(error), error.decision) == MEANINGS.get(number, (UnexpectedError, Decision.STOP))
    assert error.facts == {"cpr_error": number}
    assert number in str(error)


def test_what_may_lock_the_account_blocks_further_logons() -> None:
    reserved = {f"{number:02}" for number in range(1, 100)} - set(MEANINGS)
    assert {
        f"{number:02}" for number in range(1, 100) if cpr_error(f"{number:02}").blocks
    } == BLOCKING | reserved


def test_only_an_answer_that_is_not_clear_leaves_it_open_whether_cpr_did_it() -> None:
    numbers = {f"{number:02}" for number in range(1, 100) if cpr_error(f"{number:02}").may_have_reached}
    assert numbers == {"09"} | {f"{number:02}" for number in range(1, 100)} - set(MEANINGS)
    assert errors.AnswerCut(3, "cut").may_have_reached
    assert not errors.ConnectionFailed("cpr:5000").may_have_reached


@pytest.mark.parametrize("kind", sorted(kinds(DirectError), key=str))
def test_every_error_has_a_place_in_the_tree_and_a_face(kind: type[DirectError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")
    assert getattr(errors, kind.__name__) is kind
    if not kind.__subclasses__() or kind in (errors.AnswerBroken, errors.UnexpectedError):
        assert any(each in errors.PRESENTATION for each in kind.__mro__), "answered with an internal error"


def test_what_is_thrown_at_several_callers_can_be_copied() -> None:
    now = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
    for error in (
        cpr_error("01", "said"),
        cpr_error("55", "said"),
        errors.NoAnswer("cpr:5000", errors.Phase.ANSWER, 3),
        errors.AnswerCut(3, "cut"),
        errors.ConnectionFailed("cpr:5000", "refused"),
        errors.LogonBlocked(now, "01"),
        errors.Resting(dt.timedelta(seconds=3)),
        errors.Busy(3),
        errors.SecretUnreadable("name"),
        errors.PasswordLength([errors.PasswordWithoutDigit()]),
    ):
        copied = copy.copy(error)
        assert (type(copied), str(copied), copied.facts) == (type(error), str(error), error.facts)
        assert presentation(copied) == presentation(error)
        assert "\n" not in str(error)
        assert str(error)


def test_when_to_come_back_is_told() -> None:
    assert errors.Resting(dt.timedelta(seconds=2.6)).facts == {"retry_after_seconds": 3}
    assert errors.Resting(dt.timedelta(seconds=-1)).facts == {"retry_after_seconds": 1}
