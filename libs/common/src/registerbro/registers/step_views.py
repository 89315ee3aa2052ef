"""The connection test as commands show it."""

from collections.abc import Sequence
from typing import Self

import typer
from pydantic import BaseModel, Field

from registerbro.presentation import FAILED
from registerbro.problems import BASE
from registerbro.registers.presentation import presentation
from registerbro.registers.steps import Step
from registerbro.terminal import show

_MARKS = {True: "ok", False: "FAILED", None: "-"}


class StepOut(BaseModel):
    """One step of the connection test."""

    name: str
    is_ok: bool | None = Field(description="null: not tried")
    failure: str | None = Field(description="identifies the kind of failure, as in a problem")
    text: str

    @classmethod
    def of(cls, step: Step) -> Self:
        """From the test."""
        if step.failure is None:
            return cls(name=step.name, is_ok=step.is_ok, failure=None, text=step.remark)
        slug = presentation(step.failure).slug
        return cls(name=step.name, is_ok=step.is_ok, failure=BASE + slug, text=str(step.failure))


def show_steps(steps: Sequence[StepOut], as_json: bool) -> None:
    """Prints the steps; ends the command with exit code 1 where one failed."""
    rows = [(each.name, _MARKS[each.is_ok], each.text) for each in steps]
    show(list(steps), as_json, ("step", "result", "reason or remark"), rows)
    if any(each.is_ok is False for each in steps):
        raise typer.Exit(FAILED)
