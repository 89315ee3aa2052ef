"""What a server's listing says: lines in, files out. Pure, in one pass over each line, and trusting nothing.

Three forms: MLSD (RFC 3659), ``ls -l`` in its variants, and z/OS (MVS), where the lines are data sets or members. A line that
is none of these is passed over. A name that could not stand in a local directory is never handed out.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator

from cpr_batch.remote import RemoteFile, is_safe

MOST_ENTRIES = 5000  # of a mainframe's listing, as the vendor has it
LONGEST_LINE = 1024

_TOKEN = re.compile(r"\S+")
_TOKENS = 14  # a line of ls has at most so many words before its name
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_CLOCK = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_ZONE = re.compile(r"[+-]\d{4}")
_KINDS = frozenset("-dlbcpsD")
_DATA_SET = re.compile(r"[A-Z#@$][A-Z0-9#@$-]{0,7}(\.[A-Z#@$][A-Z0-9#@$-]{0,7}){0,21}", re.IGNORECASE)
_NO_FILES = frozenset({"PO", "PO-E", "POE", "VSAM", "GDG", "PATH", "AIX", "DIRECTORY"})
_OUT_OF_REACH = ("MIGRATED", "MIGRAT", "ARCIVE", "ARCIV", "TAPE")


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """The files; whether any line was understood at all; whether there was more than is read."""

    files: tuple[RemoteFile, ...]
    is_understood: bool
    is_cut: bool = False


def mlsd(lines: Iterable[str]) -> Listing:
    """RFC 3659: facts, a space, the name."""
    return _collected(_parsed(lines, _mlsd_line))


def unix(lines: Iterable[str]) -> Listing:
    """``ls -l``, with or without group and number of links, and its ways to write a date."""
    return _collected(_parsed(lines, _unix_line))


def names(lines: Iterable[str]) -> Listing:
    """NLST: one name a line, and nothing about it."""
    return _collected(RemoteFile(line) for line in lines if len(line) <= LONGEST_LINE)


def mvs(lines: Iterable[str], prefix: str = "") -> Listing:
    """z/OS: data sets or members, 5,000 at most. ``prefix`` is the working directory, which complete names begin with."""
    found: list[RemoteFile | None] = []
    has_members = False
    for line in lines:
        if len(line) > LONGEST_LINE or not (words := line.split()):
            continue
        if _is_heading(words):
            has_members = words[0].upper() == "NAME"
            continue
        if len(found) == MOST_ENTRIES:
            return _collected(found, is_cut=True)
        found.append(_member(words) if has_members else _data_set(words, prefix))
    return _collected(found)


def relative(name: str, prefix: str) -> str | None:
    """A data set's name within the working directory; None for one that is elsewhere."""
    if not (name.startswith("'") and name.endswith("'") and len(name) > 1):
        return name
    whole, start = name.strip("'"), prefix.strip("'").rstrip(".")
    if not start:
        return whole
    inside = whole[: len(start) + 1].upper() == f"{start}.".upper()
    return whole[len(start) + 1 :] if inside else None


def _parsed(
    lines: Iterable[str], parse: Callable[[str], tuple[bool, RemoteFile | None]]
) -> Iterator[RemoteFile | None]:
    for line in lines:
        if len(line) <= LONGEST_LINE:
            is_understood, file = parse(line)
            if is_understood:
                yield file


def _collected(found: Iterable[RemoteFile | None], *, is_cut: bool = False) -> Listing:
    understood = list(found)
    files = {file.name: file for file in understood if file is not None and is_safe(file.name)}
    return Listing(tuple(files.values()), bool(understood), is_cut)


def _mlsd_line(line: str) -> tuple[bool, RemoteFile | None]:
    head, gap, name = line.partition(" ")
    if not gap:
        return False, None
    facts = {key.lower(): value for key, _, value in (fact.partition("=") for fact in head.split(";"))}
    if facts.get("type", "").lower() != "file":
        return "type" in facts, None
    return True, RemoteFile(name, _number(facts.get("size")), changed=facts.get("modify"))


def _unix_line(line: str) -> tuple[bool, RemoteFile | None]:
    if line[:6].lower() == "total " and line[6:].strip().isdigit():
        return True, None
    spans = [match.span() for match, _ in zip(_TOKEN.finditer(line), range(_TOKENS), strict=False)]
    words = [line[start:end] for start, end in spans]
    if len(words) < 4 or words[0][0] not in _KINDS or len(words[0]) < 10:
        return False, None
    for index in range(1, len(words) - 2):
        length = _date_length(words[index + 1 :]) if words[index].isdecimal() else 0
        end = index + length
        if length and end + 1 < len(words):
            return True, _unix_file(
                words[0][0], line[spans[end][1] + 1 :], words[index], words[index + 1 : end + 1]
            )
    return False, None


def _unix_file(kind: str, name: str, size: str, date: list[str]) -> RemoteFile | None:
    changed = " ".join(date)
    if kind == "-":
        return RemoteFile(name, _number(size), changed=changed)
    if kind == "l":  # its size is that of the link
        return RemoteFile(name.split(" -> ", maxsplit=1)[0])
    return None


def _date_length(words: list[str]) -> int:
    """How many words the date takes that they begin with; 0 where it is none."""
    if _ISO_DATE.fullmatch(words[0]):
        has_clock = len(words) > 1 and _ISO_CLOCK.fullmatch(words[1])
        has_zone = has_clock and len(words) > 2 and _ZONE.fullmatch(words[2])
        return 3 if has_zone else 2 if has_clock else 1
    if len(words) < 3 or not (_CLOCK.fullmatch(words[2]) or _is_year(words[2])):
        return 0
    is_date = (_is_month(words[0]) and _is_day(words[1])) or (_is_day(words[0]) and _is_month(words[1]))
    return 3 if is_date else 0


def _is_month(word: str) -> bool:
    bare = word.removesuffix(".")
    return bare.isalpha() and 2 < len(bare) < 10


def _is_day(word: str) -> bool:
    bare = word.removesuffix(".")
    return bare.isdecimal() and len(bare) < 3 and 0 < int(bare) < 32


def _is_year(word: str) -> bool:
    return word.isdecimal() and len(word) == 4


def _is_heading(words: list[str]) -> bool:
    upper = {word.upper() for word in words}
    return {"VOLUME", "DSNAME"} <= upper or (words[0].upper() == "NAME" and bool({"VV.MM", "SIZE"} & upper))


def _member(words: list[str]) -> RemoteFile | None:
    return RemoteFile(words[0]) if _DATA_SET.fullmatch(words[0]) and "." not in words[0] else None


def _data_set(words: list[str], prefix: str) -> RemoteFile | None:
    name = relative(words[-1], prefix)
    before = [word.upper() for word in words[:-1]]
    if name is None or not _DATA_SET.fullmatch(name) or (before and before[-1] in _NO_FILES):
        return None
    return RemoteFile(name, is_migrated=_is_out_of_reach(before))


def _is_out_of_reach(before: list[str]) -> bool:
    """On mass storage, archived or on tape: nothing is told of it but where it is."""
    return bool(before) and (
        before[0] in _OUT_OF_REACH
        or before[-1] in _OUT_OF_REACH
        or before[-4:] == ["NOT", "DIRECT", "ACCESS", "DEVICE"]
        or before[-2:] == ["NOT", "MOUNTED"]
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
