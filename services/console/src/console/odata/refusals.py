"""What can be wrong with a query, and how it looks from outside.

    OdataError
    ├── QueryMalformed(option, position)  an option that cannot be read
    ├── NameUnknown(name, of)             a property, or an option, that there is not
    ├── NotSupported(what)                what OData knows and we do not do
    ├── QueryTooExpensive(limit)          more than a query may ask for
    ├── QueryTookTooLong(seconds)         the store was not done in time
    ├── NumberInUrl                       something like a personal number in a URL
    ├── SkipTokenInvalid                  a token that is not ours, is old, or another caller's
    ├── EntityUnknown                     no entity has the key
    └── FormatNotServed                   the client accepts no form that we answer in

Texts name options, properties and functions, and never repeat a value.
"""

from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation, ProblemTable


class OdataError(Exception):
    """Base of what is wrong with a query."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class QueryMalformed(OdataError):
    """An option that cannot be read; ``position`` counts its characters from 0."""

    def __init__(self, option: str, reason: str, position: int | None = None) -> None:
        where = "" if position is None else f" at position {position}"
        super().__init__(f"{option}{where}: {reason}")
        self.option = option
        self.position = position

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where it is."""
        return {"option": self.option} | ({} if self.position is None else {"position": self.position})


class NameUnknown(OdataError):
    """There is no such property or option."""

    def __init__(self, name: str, of: str) -> None:
        super().__init__(f"{of} has no {name}")
        self.name = name

    @property
    def facts(self) -> Mapping[str, Any]:
        """The name."""
        return {"name": self.name}


class NotSupported(OdataError):
    """OData knows it; it is not done here."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported")
        self.what = what

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it is."""
        return {"what": self.what}


class QueryTooExpensive(OdataError):
    """The query asks for more than it may."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"a query may have {limit} {what} at most")
        self.limit = limit

    @property
    def facts(self) -> Mapping[str, Any]:
        """How much it may ask for."""
        return {"limit": self.limit}


class QueryTookTooLong(OdataError):
    """The store was not done in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the query was not done after {seconds:g} seconds; ask for less, or by an indexed property"
        )


class NumberInUrl(OdataError):
    """Something like a personal number in a URL."""

    def __init__(self) -> None:
        super().__init__(
            "a personal number must not stand in a URL: send the query by POST to the set's $query"
        )


class SkipTokenInvalid(OdataError):
    """The token is not one of ours, is too old, or was given to another caller."""

    def __init__(self) -> None:
        super().__init__(
            "$skiptoken: take it from the nextLink of an answer to the same client, not older than a day"
        )


class EntityUnknown(OdataError):
    """No entity has the key."""

    def __init__(self, entity: str) -> None:
        super().__init__(f"{entity} has no entity with this key")


class FormatNotServed(OdataError):
    """The client accepts no form that we answer in."""

    def __init__(self) -> None:
        super().__init__("answers are application/json with odata.metadata minimal or none")


PRESENTATION: dict[type[OdataError], Presentation] = {
    QueryMalformed: Presentation("query-malformed", 400, "The query cannot be read"),
    NameUnknown: Presentation("name-unknown", 400, "There is no such property or option"),
    NotSupported: Presentation("not-supported", 501, "Not supported"),
    QueryTooExpensive: Presentation("query-too-expensive", 400, "The query asks for too much"),
    QueryTookTooLong: Presentation("query-took-too-long", 503, "The query takes too long"),
    NumberInUrl: Presentation("number-in-url", 400, "A personal number must not stand in a URL"),
    SkipTokenInvalid: Presentation("skiptoken-invalid", 400, "The token of the next page is not valid"),
    EntityUnknown: Presentation("entity-unknown", 404, "There is no such entity"),
    FormatNotServed: Presentation("format-not-served", 406, "The format is not served"),
}
PROBLEMS = ProblemTable(PRESENTATION)
