"""What is written in a world's log: import packages of the register, each a list of steps. A line is one package.

{"id": "5f…", "at": "2026-03-03T06:00:00Z", "steps": [{"do": "cease", "object_id": "4910000007", "day": "2026-03-03"}]}
"""

import datetime as dt
import uuid
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from registerbro_sandbox.companies.rows import Entity, Value


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Replace(_Step):
    """From a day on the unit's entity has these rows; see ``CvrUnit.replace``."""

    do: Literal["replace"] = "replace"
    object_id: str
    entity: Entity
    rows: tuple[dict[str, Value], ...]
    since: dt.date
    is_secret: bool = False


class Cease(_Step):
    """The unit ends."""

    do: Literal["cease"] = "cease"
    object_id: str
    day: dt.date


class Reopen(_Step):
    """The unit lives again."""

    do: Literal["reopen"] = "reopen"
    object_id: str
    day: dt.date


class Correct(_Step):
    """All rows of the unit are deleted and inserted again."""

    do: Literal["correct"] = "correct"
    object_id: str


class Found(_Step):
    """A new company."""

    do: Literal["found"] = "found"
    day: dt.date
    name: str = ""


class Open(_Step):
    """A new production unit of a company."""

    do: Literal["open"] = "open"
    company: str
    day: dt.date
    name: str = ""


class Recode(_Step):
    """Every unit's main industry gets another code; a package of its own."""

    do: Literal["recode"] = "recode"
    since: dt.date


class Repeat(_Step):
    """The last package with events failed in part and is imported again: its events come once more, marked; a package of its own."""

    do: Literal["repeat"] = "repeat"


class Hold(_Step):
    """The watermark stays where it is, although packages come."""

    do: Literal["hold"] = "hold"


class Release(_Step):
    """The watermark follows again."""

    do: Literal["release"] = "release"


OneUnit: TypeAlias = Replace | Cease | Reopen | Correct
Step: TypeAlias = OneUnit | Found | Open | Recode | Repeat | Hold | Release


class Line(BaseModel):
    """A package as it is written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    at: AwareDatetime
    steps: tuple[Annotated[Step, Field(discriminator="do")], ...] = Field(min_length=1)
