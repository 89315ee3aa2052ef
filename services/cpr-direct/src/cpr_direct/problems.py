"""Errors as callers of the API see them: one problem type for each row of ``errors.PRESENTATION``."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from registerbro.presentation import ProblemTable
from registerbro.problems import Conflict, InvalidRequest, NotFound, Problem
from registerbro.subscriptions.errors import (
    ListRefused,
    ReconciliationSuperseded,
    ReconciliationUnknown,
    RuleUnusable,
    SubscriptionError,
    UnknownContacts,
)

from cpr_direct import errors
from cpr_direct.errors import PRESENTATION, DirectError

PROBLEMS = ProblemTable(PRESENTATION)
REGISTER = tuple(PROBLEMS[kind] for kind in PRESENTATION if not issubclass(kind, errors.ServiceError))
ASKING = (*REGISTER, *PROBLEMS.of(errors.BudgetSpent))
IMPORTING = (
    *ASKING,
    *PROBLEMS.of(
        errors.ContactErased,
        errors.ContactTypeMissing,
        errors.StoreContended,
        errors.StoreGone,
        errors.StoreRefused,
    ),
)
of = PROBLEMS.of


class ContactsUnknown(NotFound):
    """A case names contacts that are not in the store; ``contact_ids`` has them."""

    slug, title = "contacts-unknown", "Contacts are not in the store"


class PolicyRuleUnusable(Problem):
    """The policy's rule is missing in the database, or of another form."""

    status, slug, title = HTTPStatus.SERVICE_UNAVAILABLE, "rule-unusable", "The policy's rule cannot be used"


class NumberListRefused(InvalidRequest):
    """A list of numbers cannot be right; nothing was taken of it. ``line`` says where."""

    slug, title = "list-refused", "The list is refused"


class ReconciliationNotFound(NotFound):
    """There is no such reconciliation."""

    slug, title = "reconciliation-unknown", "There is no such reconciliation"


class ReconciliationOutdated(Conflict):
    """A later list was compared since."""

    slug, title = "reconciliation-superseded", "A later list was compared since"


def subscription_problem(error: SubscriptionError) -> Problem:
    """The problem that tells of an error of the shared library."""
    match error:
        case UnknownContacts():
            return ContactsUnknown(str(error), contact_ids=error.contact_ids)
        case RuleUnusable():
            return PolicyRuleUnusable(str(error))
        case ListRefused():
            return NumberListRefused(str(error), line=error.line)
        case ReconciliationUnknown():
            return ReconciliationNotFound(str(error))
        case ReconciliationSuperseded():
            return ReconciliationOutdated(str(error))
        case _:
            raise error


def install(app: FastAPI) -> None:
    """Lets the application answer our errors as problems."""
    PROBLEMS.install(app, DirectError)

    async def answer_subscriptions(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, SubscriptionError):
            raise error
        return subscription_problem(error).response()

    app.add_exception_handler(SubscriptionError, answer_subscriptions)
