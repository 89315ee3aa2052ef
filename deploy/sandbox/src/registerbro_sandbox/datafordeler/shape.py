"""What is not certain about REST answers, and can therefore be set: clients should take either."""

import enum

from pydantic import Field
from registerbro.settings import Section


class EmailKey(enum.StrEnum):
    """What the e-mail address is called."""

    HYPHEN = "e-mailadresse"
    PLAIN = "emailadresse"


class Numbers(enum.StrEnum):
    """What CVR numbers and P-numbers are in JSON."""

    STRING = "string"
    INTEGER = "integer"


class Industries(enum.StrEnum):
    """Where industries stand."""

    NESTED = "nested"  # in the object ``brancher``
    FLAT = "flat"  # beside the names


class Protection(enum.StrEnum):
    """How advertising protection is told."""

    ROW = "reklamebeskyttet"  # a row with a value
    BARE = "bare"  # the value alone, by the schema's name


class Results(enum.StrEnum):
    """What a search gives of each unit."""

    FULL = "full"
    SUMMARY = "summary"  # numbers, status and name


class Nothing(enum.StrEnum):
    """What stands where a unit has nothing, as no telephone."""

    NULL = "null"
    ABSENT = "absent"


class Unknown(enum.StrEnum):
    """What is answered where there is no such unit."""

    NOT_FOUND = "404"
    EMPTY = "empty"  # status 200, and an object without anything in it


class RestShape(Section):
    """How REST answers look."""

    email_key: EmailKey = Field(default=EmailKey.HYPHEN, description="e-mailadresse or emailadresse")
    numbers: Numbers = Field(default=Numbers.STRING, description="string or integer")
    industries: Industries = Field(default=Industries.NESTED, description="nested or flat")
    protection: Protection = Field(
        default=Protection.ROW,
        description="reklamebeskyttet: a row; bare: reklamebeskyttelse, the value alone",
    )
    results: Results = Field(default=Results.FULL, description="of searches: full or summary")
    nothing: Nothing = Field(
        default=Nothing.NULL, description="where a unit has no such row: null, or the key is absent"
    )
    unknown: Unknown = Field(default=Unknown.NOT_FOUND, description="404, or empty with status 200")
