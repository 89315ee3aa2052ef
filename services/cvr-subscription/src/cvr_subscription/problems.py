"""Errors as callers of the API see them."""

from fastapi import FastAPI
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import LOOKUP_PROBLEMS, REGISTER_PROBLEMS

from cvr_subscription.errors import PROBLEMS, SubscriptionError

REGISTER = LOOKUP_PROBLEMS
of = PROBLEMS.of


def install(app: FastAPI) -> None:
    """Lets the application answer our errors, and the register's, as problems."""
    PROBLEMS.install(app, SubscriptionError)
    REGISTER_PROBLEMS.install(app, RegisterError)
