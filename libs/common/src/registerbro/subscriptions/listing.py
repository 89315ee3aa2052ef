"""Reads CPR's list of subscribed numbers, one a line, as it streams in: nothing of it is held but the line at hand.

A single bad line refuses the whole list: a garbled number would end somebody's subscription.
"""

import asyncio
import codecs
import io
from collections.abc import AsyncIterator
from pathlib import Path

from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.subscriptions.errors import ListRefused

BLOCK = 1 << 18
LONGEST_LINE = 200  # characters


async def blocks(path: Path) -> AsyncIterator[bytes]:
    """The content of a file; ``ListRefused`` where it cannot be read."""
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while block := await asyncio.to_thread(file.read, BLOCK):
                yield block
    except OSError as error:
        raise ListRefused(path.name, error.strerror or "it cannot be read") from None


async def numbers(name: str, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The numbers of a list in ten digits, each with a line end, for ``COPY``. Raises ``ListRefused``.

    Hyphens, blank lines and a byte order mark are allowed, line ends are of any system.
    """
    reader = _Lines(name)
    async for block in content:
        if found := reader.numbers(block):
            yield found
    if found := reader.numbers(b"", is_last=True):
        yield found
    if not reader.has_any:
        raise ListRefused(name, "it holds no number")


class _Lines:
    """Cuts blocks into lines, and makes numbers of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._rest = ""
        self._line = 0
        self.has_any = False

    def numbers(self, block: bytes, *, is_last: bool = False) -> bytes:
        """The numbers of the lines that the block completes."""
        *lines, self._rest = (self._rest + self._decoder.decode(block, is_last)).split("\n")
        if is_last:
            lines, self._rest = [*lines, self._rest], ""
        found = "".join(map(self._number, lines))
        if len(self._rest) > LONGEST_LINE:
            raise ListRefused(self._name, "longer than any number", self._line + 1)
        self.has_any = self.has_any or bool(found)
        return found.encode("ascii")

    def _number(self, line: str) -> str:
        self._line += 1
        if not line or line.isspace():
            return ""
        try:
            return f"{CprNumber.parse(line).value}\n"
        except InvalidCprNumber as error:
            raise ListRefused(self._name, str(error), self._line) from None
