"""``$search``: contacts by words of their names and present addresses, each from its beginning, and by number, also a former."""

import re

from console.odata import limits
from console.odata.binding import Row
from console.odata.refusals import NotSupported, QueryMalformed

OPTION = "$search"
OPERATORS = frozenset({"OR", "NOT"})
_WORD = re.compile(r'\s*(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"()]+))(?=[\s"]|$)')


def condition(text: str, row: Row) -> str:
    """The condition that every word is found somewhere about the row."""
    if not row.entity.search:
        raise NotSupported(f"{OPTION} on {row.entity.name}")
    words = _words(text)
    limits.check(f"words in {OPTION}", len(words), limits.SEARCH_WORDS)
    return " and ".join(_found(word, row) for word in words)


def _words(text: str) -> list[str]:
    words: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        found = _WORD.match(text, position)
        if found is None and text[position:].lstrip()[:1] in ("(", ")"):
            raise NotSupported(f"a parenthesis in {OPTION}")
        if found is None:
            raise QueryMalformed(OPTION, "is words, and phrases in quotation marks", position)
        if found["word"] in OPERATORS:
            raise NotSupported(f"{found['word']} in {OPTION}")
        if found["word"] != "AND":
            words += (found["phrase"] or found["word"] or "").split()
        position = found.end()
    if not words or any(sum(map(str.isalnum, word)) < 2 for word in words):
        raise QueryMalformed(OPTION, "needs words of two letters or digits at least")
    return words


def _found(word: str, row: Row) -> str:
    binder = row.binder
    seen = "true" if binder.sees_protected else f"not is_contact_protected(named, {binder.day})"
    home = (
        "true"
        if binder.sees_protected
        else f"(select {seen} from contact as named where named.contact_id = home.contact_id)"
    )
    return row.entity.search.format(
        t=row.alias,
        value=binder.bind(word, "text"),
        number=binder.bind(re.sub(r"(?<=\d)-(?=\d)", "", word), "text"),
        named_is_seen=seen,
        home_is_seen=home,
    )
