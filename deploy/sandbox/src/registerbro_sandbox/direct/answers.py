"""What CPR Direkte sends: a header of 28 characters, and the records of a person one after the other at their full lengths."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterable

from registerbro.cpr.writer import ENCODING, write_record

HEADER_LENGTH = 28
LONGEST = 9999  # the most that the header's length field can say
_SERIAL = "01"  # of the lookup's task number, which begins with the customer's


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is written down. ``body`` holds records, or the text that says what was wrong."""

    customer: str
    subscription_type: str
    data_type: str
    token: str = dataclasses.field(repr=False)
    user: str
    error: int = 0
    body: bytes = dataclasses.field(default=b"", repr=False)

    @property
    def has_data(self) -> bool:
        """Whether records follow the header."""
        return not self.error and bool(self.body)

    def encode(self) -> bytes:
        """As it is sent. On errors a reason code stands where the length does otherwise."""
        last = self.error or HEADER_LENGTH + len(self.body)
        header = (
            f"{self.customer:4.4}{self.subscription_type}{self.data_type}{self.token:8.8}{self.user:8.8}"
            f"{self.error:02}{last:04}"
        )
        return header.encode(ENCODING) + self.body


@dataclasses.dataclass(frozen=True, slots=True)
class Records:
    """A person's records in one piece, and how many they are."""

    content: bytes = dataclasses.field(repr=False)
    count: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Records":
        """As many of the records, in their order, as the header's length field allows."""
        room = LONGEST - HEADER_LENGTH - len(_start("0000", dt.date.min)) - len(_end(0))
        kept: list[bytes] = []
        for text in texts:
            room -= len(text)
            if room < 0:
                break
            kept.append(text.encode(ENCODING))
        return cls(b"".join(kept), len(kept))

    def framed(self, customer: str, produced: dt.date) -> bytes:
        """With the records before and behind them: whose task it is and of which day, and how many there are between."""
        return _start(customer, produced) + self.content + _end(self.count)


@functools.lru_cache(maxsize=64)
def _start(customer: str, produced: dt.date) -> bytes:
    return write_record("000", task_number=f"{customer}{_SERIAL}", production_date=produced).encode(ENCODING)


@functools.lru_cache(maxsize=256)
def _end(count: int) -> bytes:
    return write_record("999", record_count=count).encode(ENCODING)
