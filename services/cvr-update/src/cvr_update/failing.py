"""Why a contact was not updated, as a constant and a text, and when it is tried again."""

import dataclasses
import datetime as dt

from registerbro.contacts.merge import MergeFailed
from registerbro.registers.errors import (
    AccessRefused,
    AnswerUnusable,
    NotJson,
    RegisterError,
    RegisterUnavailable,
)
from registerbro.registers.presentation import presentation

from cvr_update.updates import Updates


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why it failed; ``reason`` is a constant, ``text`` one line without personal data."""

    reason: str
    text: str
    retry_after: dt.timedelta | None = None  # not before, as the register said
    is_slow: bool = False  # somebody must look into it
    is_final: bool = False  # trying again makes no sense by itself
    is_access: bool = False  # it says nothing of the unit
    is_page: bool = (
        False  # what came is no answer at all, as a gateway's page: of many units it says nothing, either
    )


UNKNOWN = Failure("unknown-to-register", "the register knows no unit with this number", is_final=True)
NUMBER_UNUSABLE = Failure(
    "number-unusable", "the contact's number is none that the register could know", is_final=True
)
NO_ANSWER = Failure("register-answer-unusable", "the register's answer leaves this unit out", is_slow=True)


def of_register(error: RegisterError) -> Failure:
    """What an error of the provider means for a unit."""
    return Failure(
        presentation(error).slug,
        str(error),
        retry_after=error.retry_after if isinstance(error, RegisterUnavailable) else None,
        is_slow=isinstance(error, AccessRefused | AnswerUnusable),
        is_access=isinstance(error, RegisterUnavailable | AccessRefused),
        is_page=isinstance(error, NotJson),
    )


def of_store(error: Exception) -> Failure:
    """What the store's refusal means for a unit, or that its answer could not even be put to the store."""
    if not isinstance(error, MergeFailed):
        return Failure("store-refused", f"the answer cannot be stored: {type(error).__name__}", is_slow=True)
    where = f" ({error.where})" if error.where else ""
    return Failure("store-refused", f"the store refused it: {error.sqlstate}{where}", is_slow=True)


def next_try(updates: Updates, failure: Failure, failed_before: int) -> dt.datetime:
    """When to try again: after twice as long each time, a little more or less, and never before the register allows."""
    retries = updates.settings.retries
    factor = retries.slower if failure.is_slow else 1
    seconds = min(
        retries.first_pause_seconds * factor * 2 ** min(failed_before, 30),
        retries.longest_pause_seconds,
    )
    pause = dt.timedelta(seconds=seconds * updates.jitter(1 - retries.jitter, 1 + retries.jitter))
    return updates.now() + max(pause, failure.retry_after or pause)
