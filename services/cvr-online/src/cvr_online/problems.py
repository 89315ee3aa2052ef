"""Errors as callers of the API see them: one problem type for each row of the two tables."""

from fastapi import FastAPI
from registerbro.presentation import ProblemTable
from registerbro.registers.errors import RegisterError, SearchNotSupported
from registerbro.registers.presentation import LOOKUP_PROBLEMS, REGISTER_PROBLEMS

from cvr_online import errors
from cvr_online.errors import PRESENTATION, OnlineError

PROBLEMS = ProblemTable(PRESENTATION)
ASKING = (*LOOKUP_PROBLEMS, *PROBLEMS.of(errors.NumberRefused))
LOOKUP = (*ASKING, *PROBLEMS.of(errors.UnitUnknown))
SEARCH = (*ASKING, *REGISTER_PROBLEMS.of(SearchNotSupported), *PROBLEMS.of(errors.CriteriaRefused))
TYPES = PROBLEMS.of(errors.ContactTypeMissing, errors.ContactTypeUnfit)
IMPORT = (
    *LOOKUP,
    *TYPES,
    *PROBLEMS.of(
        errors.NoCompany,
        errors.ContactErased,
        errors.StoreContended,
        errors.StoreGone,
        errors.StoreRefused,
    ),
)


def install(app: FastAPI) -> None:
    """Lets the application answer our errors and the register's as problems."""
    PROBLEMS.install(app, OnlineError)
    REGISTER_PROBLEMS.install(app, RegisterError)
