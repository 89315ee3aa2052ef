"""CVR as the service asks it: one provider, answers remembered for a short time, equal questions asked once."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Unit
from registerbro.registers.errors import (
    RegisterError,
    RegisterUnavailable,
    SearchNotSupported,
    Throttled,
    Unreachable,
)
from registerbro.registers.port import Found, Hits, Lookup, NameSearch, Provider

from cvr_online.answers import Answers
from cvr_online.metrics import ASKED, QUESTIONS
from cvr_online.settings import CvrOnlineSettings


@dataclasses.dataclass(slots=True)
class RegisterState:
    """How the provider and we get along, as this process knows it. Times are UTC."""

    last_success: dt.datetime | None = None
    last_failure_at: dt.datetime | None = None
    last_failure: RegisterError | None = None

    @property
    def failure(self) -> RegisterError | None:
        """Why the last call failed; None if it went well."""
        if self.last_failure_at is None or (self.last_success and self.last_success >= self.last_failure_at):
            return None
        return self.last_failure

    @property
    def paused_until(self) -> dt.datetime | None:
        """Until when the provider wants to be left alone, where it said so with its last failure."""
        match self.failure, self.last_failure_at:
            case RegisterUnavailable(retry_after=dt.timedelta() as pause), dt.datetime() as failed_at:
                return failed_at + pause
            case _:
                return None

    @property
    def last_called(self) -> dt.datetime | None:
        """When the provider was asked last, however it ended."""
        return max(filter(None, (self.last_success, self.last_failure_at)), default=None)


class _Search(NamedTuple):
    name: str
    page: int
    size: int


class Register:
    """Every method raises ``RegisterError``. ``is_fresh``: an answer that is remembered does not do."""

    def __init__(
        self, lookup: Lookup, settings: CvrOnlineSettings, *, now: Callable[[], dt.datetime]
    ) -> None:
        self.state = RegisterState()
        self._lookup = lookup
        self._now = now
        seconds, most = settings.cache_seconds, settings.cache_entries
        self._units: Answers[UnitNumber, Found] = Answers(
            self._ask_units, seconds=seconds, most=most, is_lasting=lambda found: not isinstance(found, RegisterError)
        )  # fmt: skip
        self._production_units = Answers(self._ask_production_units, seconds=seconds, most=most)
        self._searches = Answers(self._ask_searches, seconds=seconds, most=most)

    @property
    def provider(self) -> Provider:
        """Who is asked."""
        return self._lookup.provider

    @property
    def name_search(self) -> NameSearch:
        """How far it can search by name."""
        return self._lookup.name_search

    @property
    def most_at_once(self) -> int:
        """How many units it delivers at the price of about one."""
        return self._lookup.most_at_once

    async def find(self, number: UnitNumber, *, is_fresh: bool = False) -> Unit | None:
        """The unit with a number."""
        found = (await self.find_many([number], is_fresh=is_fresh))[number]
        if isinstance(found, RegisterError):
            raise found
        return found

    async def find_many(
        self, numbers: Sequence[UnitNumber], *, is_fresh: bool = False
    ) -> Mapping[UnitNumber, Found]:
        """Units by number, each with what became of it; raises what concerns all of them."""
        QUESTIONS.labels("unit").inc(len(numbers))
        return await self._units.get(numbers, is_fresh=is_fresh)

    async def production_units(self, company: CvrNumber, *, is_fresh: bool = False) -> tuple[PNumber, ...]:
        """The numbers of a company's production units."""
        QUESTIONS.labels("production-units").inc()
        return (await self._production_units.get([company], is_fresh=is_fresh))[company]

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """Units by name."""
        QUESTIONS.labels("search").inc()
        wanted = _Search(name, page, size)
        return (await self._searches.get([wanted]))[wanted]

    async def close(self) -> None:
        """Ends what is under way."""
        for each in (self._units, self._production_units, self._searches):
            await each.close()

    async def _ask_units(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        with self._asking("unit", len(numbers)) as heard:
            if len(numbers) == 1:
                return {numbers[0]: await self._lookup.find(numbers[0])}
            found = await self._lookup.find_many(numbers)
            heard.extend(found.values())
            return found

    async def _ask_production_units(
        self, companies: Sequence[CvrNumber]
    ) -> Mapping[CvrNumber, tuple[PNumber, ...]]:
        with self._asking("production-units", len(companies)):
            return {each: await self._lookup.production_units(each) for each in companies}

    async def _ask_searches(self, searches: Sequence[_Search]) -> Mapping[_Search, Hits]:
        with self._asking("search", len(searches)):
            return {
                each: await self._lookup.search(each.name, page=each.page, size=each.size)
                for each in searches
            }

    @contextlib.contextmanager
    def _asking(self, kind: str, questions: int) -> Iterator[list[Found]]:
        """Notes how a call ends; the list is for what many were answered, though nothing was raised."""
        ASKED.labels(kind).inc(questions)
        heard: list[Found] = []
        try:
            yield heard
        except SearchNotSupported:
            raise
        except RegisterError as error:
            self._failed(error)
            raise
        if (obstacle := _obstacle(heard)) is not None:
            self._failed(obstacle)
        else:
            self.state.last_success = self._now()

    def _failed(self, error: RegisterError) -> None:
        self.state.last_failure, self.state.last_failure_at = error, self._now()


def broke_off(found: Iterable[Found]) -> RegisterError | None:
    """Why a provider was not asked on for a list of units, where it could not be reached or wanted a pause."""
    return next((each for each in found if isinstance(each, Throttled | Unreachable)), None)


def _obstacle(found: Sequence[Found]) -> RegisterError | None:
    """What kept every answer back, or broke the asking off."""
    failures = [each for each in found if isinstance(each, RegisterError)]
    return failures[-1] if failures and len(failures) == len(found) else broke_off(found)
