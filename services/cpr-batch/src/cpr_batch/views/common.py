"""What the views of all topics share."""

from collections.abc import Sequence
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, Field
from registerbro.problems import BASE

from cpr_batch.errors import BatchError, presentation

T = TypeVar("T")
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


class Page(BaseModel, Generic[T]):
    """Some of a list; ``next`` is what to ask for to get the following ones, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, items: Sequence[T], size: int, cursor: str) -> Self:
        """A page of rows that were asked for with this size; ``cursor`` is the last row's."""
        return cls(items=list(items), next=cursor if len(items) == size else None)
