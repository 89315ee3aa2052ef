"""The gateway's CVR service: lookups, subscriptions and events. Every method answers one operation; bad requests raise ``Refused``."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro_sandbox.companies import CvrUnit, Event, Kind
from registerbro_sandbox.logic import rendering
from registerbro_sandbox.logic.faults import NOTHING, LogicWrong
from registerbro_sandbox.logic.replies import Reply
from registerbro_sandbox.logic.terms import House

_PAGE_SIZE = 100
_EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
_NO_COMPANY, _NO_UNIT = "Company not found", "Production unit not found"


class Refused(Exception):
    """A request that is answered with an error; carries the reply."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(status))
        self.reply = Reply(status, body)


class Gateway:
    """Answers from the world's present state; ``configuration`` is the id of one of the customer's."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._world = house.world

    def configuration_of(self, given: str | None) -> str | None:
        """The configuration that a request means; None if it means none that there is."""
        known = [str(each) for each in self._house.terms.configuration_ids]
        if not given:
            return known[0] if len(known) == 1 else None
        return given.lower() if given.lower() in known else None

    # Lookups

    def by_cvr(self, configuration: str, number: str) -> Reply:
        """``/by-cvr/{cvr}``."""
        return self._company(configuration, self._world.company(_digits(number, 8)))

    def by_id(self, configuration: str, object_id: str) -> Reply:
        """``/by-id/{id}``."""
        return self._company(configuration, self._meant(configuration, object_id))

    def units_by_cvr(self, _configuration: str, number: str) -> Reply:
        """``/production-units/by-cvr/{cvr}``: those that live."""
        if self._world.company(_digits(number, 8)) is None:
            raise Refused(404, _NO_COMPANY)
        day = self._house.today()
        units = self._world.units_of(number)
        return Reply(200, [rendering.production_unit(unit, day) for unit in units if not unit.ended()])

    def unit(self, configuration: str, number: str) -> Reply:
        """``/production-unit-detail/{pNumber}``."""
        return self._unit(configuration, self._world.unit(_digits(number, 10)))

    def unit_by_id(self, configuration: str, object_id: str) -> Reply:
        """``/production-unit-detail-by-id/{id}``."""
        return self._unit(configuration, self._meant(configuration, object_id))

    # Subscriptions

    def subscribe(self, configuration: str, object_id: str) -> Reply:
        """``POST /subscribe/{objectId}``: events from now on."""
        unit = self._meant(configuration, object_id)
        if unit is None:
            raise Refused(400, {"objectId": "No company or production unit has this object id"})
        self._say(configuration, unit.object_id, is_on=True)
        return Reply(200, object_id)

    def unsubscribe(self, configuration: str, object_id: str) -> Reply:
        """``DELETE /unsubscribe/{objectId}``."""
        self._say(configuration, self._house.ids(configuration).meant(object_id), is_on=False)
        return Reply(200)

    def _say(self, configuration: str, object_id: str, *, is_on: bool) -> None:
        is_new = self._house.subscriptions.say(configuration, object_id, is_on=is_on)
        if not is_new and self._house.terms.refuses_repeats:
            raise Refused(400, {"objectId": "Already subscribed" if is_on else "Not subscribed"})

    # Events

    def events(self, configuration: str, query: Mapping[str, str], wrong: LogicWrong = NOTHING) -> Reply:
        """``/events``: everybody's."""
        page = self._page(query, wrong)
        return Reply(200, self._shown(configuration, page, wrong))

    def subscribed_events(
        self, configuration: str, query: Mapping[str, str], wrong: LogicWrong = NOTHING
    ) -> Reply:
        """``/subscribed-events``: one page of all events, of which those are left that are subscribed."""
        page = self._page(query, wrong)
        since = self._house.subscriptions.of(configuration)
        own = [event for event in page if event.object_id in since and event.at >= since[event.object_id]]
        return Reply(200, {"events": self._shown(configuration, own, wrong), "actualCount": len(page)})

    def _page(self, query: Mapping[str, str], wrong: LogicWrong) -> list[Event]:
        start, end = _moment(query, "dateFrom"), _moment(query, "dateTo")
        number, size = _count(query, "pageNo", 1), _count(query, "pageSize", _PAGE_SIZE)
        if size > self._house.terms.most_per_page:
            raise Refused(400, f"pageSize must be {self._house.terms.most_per_page} at most")
        start = max(start, _EARLIEST) - dt.timedelta(seconds=wrong.rewind_seconds)
        if wrong.late_seconds:
            end = min(end, dt.datetime.now(dt.UTC) - dt.timedelta(seconds=wrong.late_seconds))
        return self._world.events_between(start, end, skip=(number - 1) * size, limit=size)

    def _shown(self, configuration: str, events: list[Event], wrong: LogicWrong) -> list[rendering.Body]:
        ids = self._house.ids(configuration)
        shown = [rendering.event(event, ids) for event in events]
        shown = shown[::-1] if wrong.shuffled else shown
        return [event for event in shown for _ in range(2 if wrong.duplicates else 1)]

    # Configurations

    def configurations(self) -> Reply:
        """``/configurations``."""
        return Reply(200, [self._about(str(each)) for each in self._house.terms.configuration_ids])

    def configuration(self, given: str) -> Reply:
        """``/configurations/{configurationId}``."""
        known = self.configuration_of(given)
        if known is None:
            raise Refused(404, "Configuration not found")
        return Reply(200, self._about(known))

    def _about(self, configuration: str) -> rendering.Body:
        return {
            "id": configuration,
            "subscriptionId": str(self._house.terms.subscription_id),
            "name": "Sandbox",
            "environment": "Test",
            "provider": "DataDistributor",
        }

    def _meant(self, configuration: str, object_id: str) -> CvrUnit | None:
        return self._world.by_id(self._house.ids(configuration).meant(object_id))

    def _company(self, configuration: str, unit: CvrUnit | None) -> Reply:
        day, ids = self._house.today(), self._house.ids(configuration)
        if unit is None or unit.kind is not Kind.COMPANY or not unit.last(unit.master, day):
            raise Refused(404, _NO_COMPANY)
        return Reply(200, rendering.company(unit, day, ids))

    def _unit(self, configuration: str, unit: CvrUnit | None) -> Reply:
        day, ids = self._house.today(), self._house.ids(configuration)
        if unit is None or unit.kind is not Kind.PRODUCTION_UNIT or not unit.last(unit.master, day):
            raise Refused(404, _NO_UNIT)
        return Reply(200, rendering.production_unit_detail(unit, day, ids))


def _digits(number: str, length: int) -> str:
    if not (len(number) == length and number.isascii() and number.isdigit() and number[0] != "0"):
        raise Refused(400, f"The number must have {length} digits")
    return number


def _moment(query: Mapping[str, str], name: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(query[name])
    except (KeyError, ValueError):
        raise Refused(400, f"{name} must be a date and time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise Refused(400, f"{name} must be a positive number")
    return int(text)
