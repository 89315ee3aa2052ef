"""What the service itself says, whatever CPR would."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation

from cpr_direct.errors.base import DirectError


class ServiceError(DirectError):
    """Base of what a caller is told without CPR having been asked, or after it answered well."""


class BudgetSpent(ServiceError):
    """The client has caused as many paid calls today as it may."""

    def __init__(self, most: int, *, retry_after: dt.timedelta) -> None:
        super().__init__(
            f"the client's budget of {most} calls a day is used up; it begins anew at midnight, Danish time"
        )
        self.most = most
        self.retry_after = retry_after

    @property
    def facts(self) -> Mapping[str, Any]:
        """How many calls there are, and the seconds until there are new ones."""
        return {"calls_a_day": self.most, "retry_after_seconds": round(self.retry_after.total_seconds())}


class NotImported(ServiceError):
    """The person is no contact that was imported from CPR."""

    def __init__(self) -> None:
        super().__init__("this person was never imported from CPR: import the person first")


class ContactErased(ServiceError):
    """The person was erased for good and is not imported again."""

    def __init__(self) -> None:
        super().__init__("this person was erased for good: an import needs the erasure to be lifted first")


class NeverSubscribed(ServiceError):
    """The number is on the list of those that are never subscribed."""

    def __init__(self) -> None:
        super().__init__("this number is on the list of numbers that are never subscribed")


class NoNumber(ServiceError):
    """The contact has no CPR number that CPR could be told."""

    def __init__(self) -> None:
        super().__init__("the contact has no current CPR number")


class ContactTypeMissing(ServiceError):
    """The store has no such contact type, so that nobody of it can be imported."""

    def __init__(self, name_type: str) -> None:
        super().__init__(f"there is no contact type {name_type}: it is defined in the configuration first")
        self.name_type = name_type

    @property
    def facts(self) -> Mapping[str, Any]:
        """The type that is missing."""
        return {"name_type": self.name_type}


class StoreContended(ServiceError):
    """Others were in the way of the merge at every attempt."""

    def __init__(self) -> None:
        super().__init__("the contact is being changed by others; try again")


class StoreGone(ServiceError):
    """The store went away while the person was stored."""

    def __init__(self) -> None:
        super().__init__("the contact store went away before the person was stored; try again")


class StoreRefused(ServiceError):
    """The store did not take what CPR delivered."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the contact store refused the person ({where})")


class Overtaken(ServiceError):
    """CPR agreed, and the store knows something newer that says otherwise."""

    def __init__(self) -> None:
        super().__init__("CPR agreed, but something newer says otherwise; it is told again")


class SubscriptionNotWaiting(ServiceError):
    """There is nothing that this service could try again now."""

    def __init__(self) -> None:
        super().__init__(
            "CPR cannot be told anything of this contact now: nothing waits, it is being told, or the input file tells it"
        )


PRESENTATION: dict[type[DirectError], Presentation] = {
    BudgetSpent: Presentation("budget-spent", 429, "The client's calls of today are used up"),
    NotImported: Presentation("not-imported", 409, "The person was never imported"),
    ContactErased: Presentation("contact-erased", 410, "The contact was erased"),
    NeverSubscribed: Presentation("never-subscribed", 409, "The person is never subscribed"),
    NoNumber: Presentation("no-number", 409, "The contact has no CPR number"),
    ContactTypeMissing: Presentation("contact-type-missing", 409, "The contact type is missing"),
    StoreContended: Presentation("store-contended", 503, "The contact is being changed by others"),
    StoreGone: Presentation("store-gone", 503, "The contact store went away"),
    StoreRefused: Presentation("store-refused", 500, "The contact store refused the person"),
    Overtaken: Presentation("overtaken", 409, "Something newer says otherwise"),
    SubscriptionNotWaiting: Presentation(
        "subscription-not-waiting", 409, "Nothing waits for CPR's agreement"
    ),
}
