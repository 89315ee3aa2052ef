"""Errors as callers of the API see them: one problem type for each row of ``errors.PRESENTATION``."""

from registerbro.presentation import ProblemTable

from cpr_batch import errors
from cpr_batch.errors import PRESENTATION

PROBLEMS = ProblemTable(PRESENTATION)
SERVER = PROBLEMS.below(errors.TransferError)
INTERIM = PROBLEMS.below(errors.InterimError)
of = PROBLEMS.of
