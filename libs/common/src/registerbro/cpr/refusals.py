"""Why a file is refused as a whole, and what is reported of single records.

    FileRefused
    ├── NotACprFile       empty, or no start record
    ├── BadStartRecord    the start record has no task number or production date
    ├── TruncatedFile     no end record
    ├── SeveralFiles      a second start record, or records after the end record
    ├── WrongEncoding     byte order mark, UTF-8
    ├── AuthorityRegister the register of authorities (P02680), which has its own command
    ├── GreenlandLayout   the Greenland product, which has the same record numbers with other contents
    └── UnknownRecord     in the stream form nobody can tell where the next record begins

No text here holds a personal number, a name or any other content of the file.
"""

import dataclasses
import enum


class FileRefused(Exception):
    """The file cannot be read as an extract of the 12170 family; nothing of it is used.

    ``line`` is 1-based (in the stream form the record's ordinal), ``offset`` in bytes from the start of the file.
    """

    def __init__(self, reason: str, *, line: int | None = None, offset: int | None = None) -> None:
        place = "" if line is None else f" (line {line}, byte {offset})"
        super().__init__(reason + place)
        self.reason = reason
        self.line = line
        self.offset = offset


class NotACprFile(FileRefused):
    """The file is empty or does not begin with a start record."""


class BadStartRecord(FileRefused):
    """The start record has no task number or no production date."""


class TruncatedFile(FileRefused):
    """The end record is missing: the transfer was cut off, or the file is still being written."""


class SeveralFiles(FileRefused):
    """Something follows the end record, or a start record stands in the middle."""


class WrongEncoding(FileRefused):
    """The file is not in ISO-8859-1."""


class GreenlandLayout(FileRefused):
    """The file is of the Greenland product."""


class AuthorityRegister(FileRefused):
    """The file is CPR's register of authorities: good, and not for the import of persons."""


class UnknownRecord(FileRefused):
    """A record of unknown type in the stream form."""


class Severity(enum.StrEnum):
    """What became of the record."""

    REJECTED = "rejected"
    REMARK = "remark"  # used, or about the file


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file that was read nevertheless; ``line`` and ``offset`` as of ``FileRefused``."""

    severity: Severity
    line: int | None
    offset: int | None
    record_type: str | None
    field: str | None
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class InputRejected(Problem):
    """CPR's word (910) on a line that we sent: its first 75 characters, and the error, without numbers of persons."""

    input: str = dataclasses.field(default="", repr=False)
    error_number: str = ""
    error_text: str = ""
