"""The query options of a call, read to the letter; what stands in ``$filter`` and ``$orderby`` is looked at with the model."""

import dataclasses
import re
from collections.abc import Mapping

from console.odata import limits, parsing
from console.odata.refusals import NameUnknown, NotSupported, QueryMalformed

KNOWN_ELSEWHERE = frozenset(
    {"$apply", "$compute", "$format", "$levels", "$index", "$schemaversion", "$deltatoken", "$id"}
)
READ = ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$search")
_NAME = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NATURAL = re.compile(r"\d{1,9}", re.ASCII)


@dataclasses.dataclass(frozen=True, slots=True)
class Expansion:
    """What is to be shown of the entities that a navigation leads to."""

    name: str
    options: "Options"


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What a client asks of an entity set; ``raw`` is how it said so. ``select`` is None for everything."""

    raw: Mapping[str, str]
    filter: str = ""
    orderby: str = ""
    search: str = ""
    select: tuple[str, ...] | None = None
    expand: tuple[Expansion, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False


def read(raw: Mapping[str, str], *, depth: int = 0) -> Options:
    """The options from their texts; every refusal names the option."""
    for name, text in raw.items():
        if name not in READ:
            raise _refusal(name)
        limits.check(f"characters in {name}", len(text), limits.CHARACTERS)
        if not text.strip():
            raise QueryMalformed(name, "is empty")
        if _NO_TEXT.search(text):
            raise QueryMalformed(name, "has a character that stands in no text")
    return Options(
        raw=raw,
        filter=raw.get("$filter", ""),
        orderby=raw.get("$orderby", ""),
        search=raw.get("$search", ""),
        select=_selected(raw["$select"]) if "$select" in raw else None,
        expand=_expanded(raw["$expand"], depth + 1) if "$expand" in raw else (),
        top=_natural("$top", raw["$top"]) if "$top" in raw else None,
        skip=_skip(raw.get("$skip", "0")),
        count=_truth("$count", raw.get("$count", "false")),
    )


def _refusal(name: str) -> Exception:
    if name.lower() in KNOWN_ELSEWHERE or name.startswith("@"):
        return NotSupported(name)
    return NameUnknown(
        f"option {name}" if name.isidentifier() or name[1:].isidentifier() else "such option", "OData"
    )


def _natural(option: str, text: str) -> int:
    if not _NATURAL.fullmatch(text):
        raise QueryMalformed(option, "is a number without sign, of nine digits at most")
    return int(text)


def _skip(text: str) -> int:
    skip = _natural("$skip", text)
    limits.check("entities to skip (nextLink goes further)", skip, limits.SKIP)
    return skip


def _truth(option: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise QueryMalformed(option, "is true or false")
    return text == "true"


def _selected(text: str) -> tuple[str, ...] | None:
    names = tuple(part.strip() for part in text.split(","))
    if "*" in names:
        return None
    for name in names:
        if "/" in name:
            raise NotSupported("a path in $select")
        if not _NAME.fullmatch(name):
            raise QueryMalformed("$select", "is names with commas between them")
    return names


def _expanded(text: str, depth: int) -> tuple[Expansion, ...]:
    limits.check("expansions within each other", depth, limits.EXPANSION_DEPTH)
    found = tuple(_expansion(part, depth) for part in parsing.split(text, ","))
    if len({each.name for each in found}) < len(found):
        raise QueryMalformed("$expand", "names a navigation twice")
    return found


def _expansion(text: str, depth: int) -> Expansion:
    name = _NAME.match(text)
    if name is None:
        if text.strip().startswith("*"):
            raise NotSupported("* in $expand")
        raise QueryMalformed(
            "$expand", "is names with commas between them, each with its options in parentheses"
        )
    rest = text[name.end() :].strip()
    if rest.startswith("/"):
        raise NotSupported("a path in $expand")
    if not rest:
        return Expansion(name["name"], Options(raw={}))
    if not (rest.startswith("(") and rest.endswith(")")):
        raise QueryMalformed("$expand", f"what follows {name['name']} cannot be read")
    return Expansion(name["name"], read(_inner(rest[1:-1]), depth=depth))


def _inner(text: str) -> dict[str, str]:
    raw: dict[str, str] = {}
    for part in parsing.split(text, ";"):
        name, equals, value = part.partition("=")
        if not equals:
            raise QueryMalformed(
                "$expand", "options in parentheses are name=value with semicolons between them"
            )
        if name.strip() in raw:
            raise QueryMalformed("$expand", "gives an option twice")
        raw[name.strip()] = value.strip()
    return raw
