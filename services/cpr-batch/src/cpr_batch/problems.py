"""Errors as callers of the API see them: one problem type for each row of ``errors.PRESENTATION``."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from registerbro.problems import Problem

from cpr_batch import errors
from cpr_batch.errors import PRESENTATION, BatchError, Presentation


def _problem(kind: type[BatchError], seen_as: Presentation) -> type[Problem]:
    look = {"status": seen_as.status, "slug": seen_as.slug, "title": seen_as.title, "__doc__": kind.__doc__}
    return type(kind.__name__, (Problem,), look)


PROBLEMS = {kind: _problem(kind, seen_as) for kind, seen_as in PRESENTATION.items()}
SERVER = tuple(PROBLEMS[kind] for kind in PRESENTATION if issubclass(kind, errors.TransferError))
INTERIM = tuple(PROBLEMS[kind] for kind in PRESENTATION if issubclass(kind, errors.InterimError))


def of(*kinds: type[BatchError]) -> tuple[type[Problem], ...]:
    """The problem types of some errors, for a route's description."""
    return tuple(PROBLEMS[kind] for kind in kinds)


def problem(error: BatchError) -> Problem:
    """The problem that tells of an error."""
    kind = next(kind for kind in type(error).__mro__ if kind in PROBLEMS)
    return PROBLEMS[kind](str(error), **error.facts)


def install(app: FastAPI) -> None:
    """Lets the application answer our errors as problems."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, BatchError):
            raise error
        return problem(error).response()

    app.add_exception_handler(BatchError, answer)
