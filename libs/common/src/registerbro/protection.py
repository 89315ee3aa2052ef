"""What a caller may see of protected persons: by right (``protected:read``), or by breaking the glass, in the open.

Breaking the glass takes a scope of its own and a reason in the request. Where the person is indeed protected, the audit row
of the answer bears the reason and an alert is raised with it; where not, the glass stays whole and nothing is said.
"""

import dataclasses
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from registerbro.auth.gate import authorise
from registerbro.auth.scopes import Caller, Scope


class BreakGlass(BaseModel):
    """Opens protected data of a person to a caller who may not read them otherwise. Is recorded, and raises an alert."""

    model_config = ConfigDict(hide_input_in_errors=True)

    reason: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        min_length=10,
        max_length=500,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]{8,}[^\x00\s][^\x00]*$",
        description="why it cannot wait for somebody who may read protected data",
        repr=False,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Clearance:
    """Whether a caller sees protected data, and the glass that this takes, if any."""

    may_see_protected: bool
    glass: BreakGlass | None = None

    def broken(self, *, is_protected: bool) -> BreakGlass | None:
        """The glass if it is broken for a person, for ``Auditor.delivered``; None where it was not needed."""
        return self.glass if is_protected else None


def clearance(caller: Caller, break_glass: BreakGlass | None) -> Clearance:
    """What a caller may see; ``ScopeMissing`` for one who would break the glass and may not.

    Who may read protected data breaks no glass, with a reason or without.
    """
    if caller.may(Scope.PROTECTED_READ):
        return Clearance(may_see_protected=True)
    if break_glass is None:
        return Clearance(may_see_protected=False)
    authorise(caller, Scope.PROTECTED_BREAK_GLASS)
    return Clearance(may_see_protected=True, glass=break_glass)
