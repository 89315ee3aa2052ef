"""What a path below the service root names: ``Contacts``, ``Contacts(1)``, ``Contacts(1)/Addresses``, each with ``/$count``."""

import dataclasses
import re
import uuid
from collections.abc import Callable, Mapping

from registerbro.ids import LAST_ID

from console.odata import parsing
from console.odata.binding import SQL_TYPES, Row
from console.odata.edm import Edm, EntitySet, Navigation, Property
from console.odata.model import ENTITY_SETS
from console.odata.refusals import NameUnknown, QueryMalformed

COUNT = "$count"
KEY = "the key"
_SEGMENT = re.compile(r"(?P<name>\w+)(\((?P<key>.*)\))?", re.DOTALL)
_TEXT = re.compile(r"'(?P<text>(?:[^'\0\ud800-\udfff]|'')*)'")


@dataclasses.dataclass(frozen=True, slots=True)
class Resource:
    """An entity set, one of its entities, or what a navigation leads to from one."""

    path: str
    start: EntitySet
    key: Mapping[str, object] | None = None
    navigation: Navigation | None = None
    is_count: bool = False

    @property
    def entity(self) -> EntitySet:
        """The entity set that its rows belong to."""
        return ENTITY_SETS[self.navigation.target] if self.navigation else self.start

    @property
    def is_one(self) -> bool:
        """Whether it is one entity at most."""
        return not self.navigation.is_many if self.navigation else self.key is not None

    def conditions(self, row: Row) -> list[str]:
        """What a row of ``entity`` must be to belong to it."""
        if self.key is None:
            return [row.listed]
        if self.navigation is None:
            return self._has_key(row)
        start = Row.of(self.start, row.binder)
        joined = " and ".join([*self._has_key(start), start.join(self.navigation, row)])
        return [f"exists (select from {start.source} where {joined})"]

    def existence(self, row: Row) -> str:
        """The statement whether the entity exists that it starts from; ``row`` is one of ``start``."""
        return f"select exists (select from {row.source} where {' and '.join(self._has_key(row))})"

    def _has_key(self, row: Row) -> list[str]:
        return [
            f"{row.value(each)} = {row.binder.bind((self.key or {})[each.name], SQL_TYPES[each.type])}"
            for each in self.start.keys
        ]


def read(path: str) -> Resource:
    """The resource of a path; ``NameUnknown`` and ``QueryMalformed`` say what is wrong with it."""
    first, *rest = parsing.split(path, "/")
    is_count = rest[-1:] == [COUNT]
    rest = rest[:-1] if is_count else rest
    found = _SEGMENT.fullmatch(first)
    if found is None or found["name"] not in ENTITY_SETS:
        raise NameUnknown("such entity set", "the service")
    start = ENTITY_SETS[found["name"]]
    key = None if found["key"] is None else _key(start, found["key"])
    navigation = _navigation(start, key, rest)
    resource = Resource(path, start, key, navigation, is_count)
    if is_count and resource.is_one:
        raise NameUnknown(COUNT, resource.entity.type_name)
    return resource


def predicate(entity: EntitySet, values: list[object]) -> str:
    """A key as it stands in parentheses."""
    written = [
        f"'{value.replace(chr(39), chr(39) * 2)}'" if isinstance(value, str) else str(value)
        for value in values
    ]
    if len(written) == 1:
        return written[0]
    return ",".join(f"{name}={value}" for name, value in zip(entity.key, written, strict=True))


def _navigation(start: EntitySet, key: Mapping[str, object] | None, rest: list[str]) -> Navigation | None:
    if not rest:
        return None
    found = start.by_name.get(rest[0])
    if key is None or len(rest) > 1 or not isinstance(found, Navigation):
        raise NameUnknown("such path", start.name)
    return found


def _key(entity: EntitySet, text: str) -> dict[str, object]:
    parts = [part.strip() for part in parsing.split(text, ",")]
    if len(entity.key) == 1:
        named = {entity.key[0]: parts[0].removeprefix(f"{entity.key[0]}=")}
    else:
        named = {name: value for name, _, value in (part.partition("=") for part in parts)}
    if len(parts) != len(entity.key) or set(named) != set(entity.key):
        raise QueryMalformed(KEY, f"is {', '.join(entity.key)}")
    return {each.name: _value(each, named[each.name]) for each in entity.keys}


def _value(prop: Property, text: str) -> object:
    try:
        return _READ[prop.type](text)
    except ValueError:
        raise QueryMalformed(KEY, f"{prop.name} is of type {prop.type}") from None


def _text(text: str) -> str:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError
    return found["text"].replace("''", "'")


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,16}", text) or abs(int(text)) > LAST_ID:
        raise ValueError
    return int(text)


_READ: Mapping[Edm, Callable[[str], object]] = {
    Edm.STRING: _text,
    Edm.INT32: _integer,
    Edm.INT64: _integer,
    Edm.GUID: uuid.UUID,
}
