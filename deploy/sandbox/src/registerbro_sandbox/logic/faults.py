"""What KMD Logic does wrong, on request: in its answers, in their shape, and in which events it tells when."""

import enum
from collections.abc import Mapping
from typing import Any

from pydantic import Field
from registerbro.settings import Names, Section


class Operation(enum.StrEnum):
    """What can be asked; each is counted by this name."""

    TOKEN = "token"  # noqa: S105
    BY_CVR = "by-cvr"
    BY_ID = "by-id"
    UNITS_BY_CVR = "production-units-by-cvr"
    UNIT = "production-unit-detail"
    UNIT_BY_ID = "production-unit-detail-by-id"
    EVENTS = "events"
    SUBSCRIBED_EVENTS = "subscribed-events"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    CONFIGURATIONS = "configurations"
    CONFIGURATION = "configuration"


class At(enum.StrEnum):
    """Which calls a fault is for."""

    ALL = "all"
    TOKEN = "token"  # noqa: S105
    LOOKUP = "lookup"
    SUBSCRIPTION = "subscription"
    EVENTS = "events"


_AT = {
    At.TOKEN: {Operation.TOKEN},
    At.LOOKUP: {
        Operation.BY_CVR,
        Operation.BY_ID,
        Operation.UNITS_BY_CVR,
        Operation.UNIT,
        Operation.UNIT_BY_ID,
        Operation.CONFIGURATIONS,
        Operation.CONFIGURATION,
    },
    At.SUBSCRIPTION: {Operation.SUBSCRIBE, Operation.UNSUBSCRIBE},
    At.EVENTS: {Operation.EVENTS, Operation.SUBSCRIBED_EVENTS},
}


class LogicWrong(Section):
    """What goes wrong with KMD Logic; nothing by default."""

    at: At = Field(default=At.ALL, description="which calls: all, token, lookup, subscription, events")
    status: int | None = Field(default=None, ge=400, le=599, description="status of every answer")
    retry_after: int | None = Field(
        default=None, ge=0, le=86_400, description="seconds that the header Retry-After tells"
    )
    token_error: str = Field(
        default="", pattern=r"^[a-z_]{0,40}$", description="what the identity service refuses with"
    )
    html: bool = Field(default=False, description="an HTML page in place of JSON")
    first_byte_seconds: float = Field(default=0.0, ge=0, le=3600, description="how late answers come")
    close_after: int | None = Field(
        default=None, ge=0, description="bytes of the body after which the connection is closed"
    )
    missing: Names = Field(default=(), description="fields that are left out, wherever they stand")
    retyped: Names = Field(default=(), description="fields of another type, wherever they stand")
    bom: bool = Field(default=False, description="a byte order mark before the JSON")
    pascal_keys: bool = Field(default=False, description="keys begin with a capital; P-numbers are numbers")
    duplicates: bool = Field(default=False, description="every event comes twice")
    shuffled: bool = Field(default=False, description="events come backwards within a page")
    late_seconds: float = Field(
        default=0.0, ge=0, le=864_000, description="how long an event is withheld, its time unchanged"
    )
    rewind_seconds: float = Field(
        default=0.0, ge=0, le=864_000, description="how far before the start of a window events come from"
    )
    times: int | None = Field(default=None, ge=1, description="how often anything goes wrong; none: always")

    def concerns(self, operation: Operation) -> bool:
        """Whether a call is one of those in which something goes wrong."""
        if self == NOTHING or (self.token_error and operation is not Operation.TOKEN):
            return False
        return self.at is At.ALL or operation in _AT[self.at]

    def shaped(self, body: Any) -> Any:
        """A JSON body as this has it."""
        match body:
            case dict():
                return self._object(body)
            case list():
                return [self.shaped(each) for each in body]
            case _:
                return body

    def _object(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            self._key(name): self._value(name, value)
            for name, value in body.items()
            if name not in self.missing
        }

    def _key(self, name: str) -> str:
        return name[:1].upper() + name[1:] if self.pascal_keys else name

    def _value(self, name: str, value: Any) -> Any:
        if name in self.retyped:
            return _retyped(value)
        if self.pascal_keys and name == "pNumber" and isinstance(value, str):
            return int(value)
        return self.shaped(value)


NOTHING = LogicWrong()


def _retyped(value: Any) -> Any:
    return str(value) if isinstance(value, int | list) else [value]
