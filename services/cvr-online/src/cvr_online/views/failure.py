"""Why one of many did not work, told as the problem that it would have been alone."""

from pydantic import BaseModel, Field
from registerbro.problems import BASE
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import presentation as register_presentation

from cvr_online.errors import PRESENTATION, OnlineError


class Failure(BaseModel):
    """Why something failed."""

    type: str = Field(description="identifies the kind of failure, as in a problem")
    title: str
    detail: str

    @classmethod
    def of(cls, error: "OnlineError | RegisterError") -> "Failure":
        """The failure that an error tells of."""
        seen_as = (
            register_presentation(error) if isinstance(error, RegisterError) else PRESENTATION[type(error)]
        )
        return cls(type=BASE + seen_as.slug, title=seen_as.title, detail=str(error))
