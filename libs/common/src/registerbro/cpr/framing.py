"""Cuts a file into records, in either form, a block at a time.

In the line form a record is a line (LF or CR LF, trailing blanks cut or not). In the stream form there are no line
ends; the type says how long a record is, so one of unknown type ends the reading.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.refusals import NotACprFile, TruncatedFile, UnknownRecord
from registerbro.cpr.writer import Form

BLOCK_BYTES = 1 << 20
LONGEST_LINE = 1 << 16  # the longest record has 382 characters
FORM_WINDOW = 4096  # a line form has line ends in its first bytes

_LENGTHS = {layout.type.encode(): layout.lengths for layout in LAYOUTS.values()}
_HEADER_BYTES = 13  # type and number
_HEADER = re.compile(rb"(?:%s)[0-9]{10}" % b"|".join(_LENGTHS))
_PADDING = b" \r\n\x1a"  # what transfers leave at the end of a file


class RawRecord(NamedTuple):
    """A record as bytes, line end and trailing blanks cut; ``line`` and ``offset`` as of ``FileRefused``."""

    line: int
    offset: int
    data: bytes


def form_of(head: bytes) -> Form:
    """The form of the file that begins with ``head``: lines, if anything follows a line end."""
    return Form.LINES if b"\n" in head[:FORM_WINDOW].rstrip(_PADDING) else Form.STREAM


def raw_records(
    file: BinaryIO, form: Form, *, on_block: Callable[[bytes], object] | None = None
) -> Iterator[RawRecord]:
    """The records from the file's present position on; ``on_block`` sees every byte once (for a checksum)."""
    cut = _lines if form is Form.LINES else _stream
    return cut(_blocks(file, on_block))


def _blocks(file: BinaryIO, on_block: Callable[[bytes], object] | None) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        if on_block:
            on_block(block)
        yield block


def _lines(blocks: Iterator[bytes]) -> Iterator[RawRecord]:
    number, offset, rest = 0, 0, b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            if data := line.rstrip(_PADDING):
                yield RawRecord(number, offset, data)
            offset += len(line) + 1
        if len(rest) > LONGEST_LINE:
            raise NotACprFile("a line of more than 64 KiB", line=number + 1, offset=offset)
    if data := rest.rstrip(_PADDING):
        yield RawRecord(number + 1, offset, data)


def _stream(blocks: Iterator[bytes]) -> Iterator[RawRecord]:
    number, offset, rest = 0, 0, b""
    for block in blocks:
        rest += block
        position = 0
        while len(rest) - position > FORM_WINDOW:
            length = _record_length(rest, position, number + 1, offset)
            number += 1
            yield RawRecord(number, offset, rest[position : position + length].rstrip(b" "))
            position += length
            offset += length
        rest = rest[position:]
    position = 0
    while rest[position:].strip(_PADDING):
        length = _record_length(rest, position, number + 1, offset)
        if position + length > len(rest):
            raise TruncatedFile("the last record is cut off", line=number + 1, offset=offset)
        number += 1
        yield RawRecord(number, offset, rest[position : position + length].rstrip(b" "))
        position += length
        offset += length


def _record_length(data: bytes, position: int, line: int, offset: int) -> int:
    lengths = _LENGTHS.get(data[position : position + 3])
    if lengths is None:
        raise UnknownRecord("a record of unknown type in the stream form", line=line, offset=offset)
    if len(lengths) == 1:
        return lengths[0]
    return max(lengths, key=lambda length: _fits(data, position, length))


def _fits(data: bytes, position: int, length: int) -> int:
    """How well a record of this length is followed: by one of the same person, by any record, by none."""
    following = data[position + length : position + length + _HEADER_BYTES]
    if not _HEADER.match(following):
        return 0
    return 2 if following[3:] == data[position + 3 : position + _HEADER_BYTES] else 1
