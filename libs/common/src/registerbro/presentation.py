"""How a service's own errors look from outside: a table from exception to problem type, HTTP status and exit code.

An error carries data and a text of one line without personal data; ``facts`` is what programs want to know of it.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from registerbro.problems import Problem

FAILED = 1
BAD_USE = 2
RETRY_AFTER = "retry_after_seconds"  # a fact that also becomes the header


@dataclasses.dataclass(frozen=True, slots=True)
class Presentation:
    """How an error looks from outside: problem type and title, HTTP status, exit code of the command."""

    slug: str
    status: int
    title: str
    exit_code: int = FAILED


class ProblemTable(dict[type[Exception], type[Problem]]):
    """The problem types of a service's errors, by exception; one that is not in it looks as its nearest base does."""

    def __init__(self, presentations: Mapping[Any, Presentation]) -> None:
        super().__init__({kind: _problem_type(kind, seen_as) for kind, seen_as in presentations.items()})

    def of(self, *kinds: type[Exception]) -> tuple[type[Problem], ...]:
        """The problem types of some errors, for a route's description."""
        return tuple(self[kind] for kind in kinds)

    def below(self, base: type[Exception]) -> tuple[type[Problem], ...]:
        """Those of all errors that are of a kind."""
        return tuple(problem for kind, problem in self.items() if issubclass(kind, base))

    def problem(self, error: Exception) -> Problem:
        """The problem that tells of an error."""
        kind = next(kind for kind in type(error).__mro__ if kind in self)
        facts = dict(getattr(error, "facts", {}))
        seconds = facts.get(RETRY_AFTER)
        headers = {} if seconds is None else {"Retry-After": str(max(1, round(seconds)))}
        return self[kind](str(error), headers=headers, **facts)

    def install(self, app: FastAPI, base: type[Exception]) -> None:
        """Lets the application answer errors of a kind as problems."""

        async def answer(_: Request, error: Exception) -> JSONResponse:
            return self.problem(error).response()

        app.add_exception_handler(base, answer)


def _problem_type(kind: type[Exception], seen_as: Presentation) -> type[Problem]:
    look = {"status": seen_as.status, "slug": seen_as.slug, "title": seen_as.title, "__doc__": kind.__doc__}
    return type(kind.__name__, (Problem,), look)
