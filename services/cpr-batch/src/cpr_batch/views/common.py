"""What the views of all topics share."""

from pydantic import BaseModel, Field
from registerbro.problems import BASE

from cpr_batch.errors import BatchError, presentation

Counts = dict[str, int]


class Failure(BaseModel):
    """Why something failed."""

    type: str = Field(description="identifies the kind of failure, as in a problem")
    title: str
    detail: str

    @classmethod
    def of(cls, error: BatchError | None) -> "Failure | None":
        """The failure that an error tells of."""
        if error is None:
            return None
        seen_as = presentation(error)
        return cls(type=BASE + seen_as.slug, title=seen_as.title, detail=str(error))
