"""Why a contact is not erased. Texts name nobody.

ErasureRefused
├── ContactUnknown               there is no such contact, nor was one erased
├── ContactErased(at)            it was erased already
├── ContactMerged(into)          it is another contact by now: that one is to be erased
├── NamedByAnother(owner_id)     a person without a number, whom the records of another one name
├── VersionOutdated(version)     somebody changed it in the meantime
├── StillSubscribed(ties)        the register would go on delivering the person
├── OpenCases(count)             it is party to open cases, and nobody said that it is to be erased all the same
├── NotErased                    no erased person has the number
└── ErasureContended             others were in the way; nothing was done
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any


class ErasureRefused(Exception):
    """A contact that is not erased; its text names nobody."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it."""
        return {}


class ContactUnknown(ErasureRefused):
    """There is no such contact."""

    def __init__(self) -> None:
        super().__init__("there is no such contact")


class ContactErased(ErasureRefused):
    """The contact was erased; ``at`` in UTC."""

    def __init__(self, at: dt.datetime) -> None:
        super().__init__("the contact was erased for good")
        self.at = at

    @property
    def facts(self) -> Mapping[str, Any]:
        """When that was."""
        return {"erased_at": self.at.isoformat()}


class ContactMerged(ErasureRefused):
    """The contact was merged into another one."""

    def __init__(self, into: int) -> None:
        super().__init__("the contact was merged into another one: erase that one, and all of it goes")
        self.into = into

    @property
    def facts(self) -> Mapping[str, Any]:
        """The other one."""
        return {"merged_into": self.into}


class NamedByAnother(ErasureRefused):
    """A person without a number is known by the records of another person only, and comes back with them."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(
            "a person without a number is known by another contact's records only, and is erased with that contact"
        )
        self.owner_id = owner_id

    @property
    def facts(self) -> Mapping[str, Any]:
        """The other contact."""
        return {"owner_id": self.owner_id}


class VersionOutdated(ErasureRefused):
    """The contact has another version than the one that was looked at."""

    def __init__(self, version: int) -> None:
        super().__init__("the contact was changed in the meantime: look at it again")
        self.version = version

    @property
    def facts(self) -> Mapping[str, Any]:
        """The version that it has."""
        return {"version": self.version}


class StillSubscribed(ErasureRefused):
    """The register delivers the person, or is about to be told to."""

    def __init__(self, ties: Sequence[str]) -> None:
        super().__init__(
            "the person is subscribed at the register, or about to be: end the subscription first, and wait until the register agrees"
        )
        self.ties = tuple(ties)

    @property
    def facts(self) -> Mapping[str, Any]:
        """``subscribed``, ``wished``, ``ordered`` (an input file says so), ``called`` (a call that is not done)."""
        return {"ties": list(self.ties)}


class OpenCases(ErasureRefused):
    """The contact is party to open cases."""

    def __init__(self, count: int) -> None:
        super().__init__("the contact is party to open cases")
        self.count = count

    @property
    def facts(self) -> Mapping[str, Any]:
        """To how many."""
        return {"open_cases": self.count}


class NotErased(ErasureRefused):
    """No erased person has the number."""

    def __init__(self) -> None:
        super().__init__("no erased person has this number")


class ErasureContended(ErasureRefused):
    """Others were changing the same contacts."""

    def __init__(self) -> None:
        super().__init__("the contact, or one that names it, is being changed by others: try again")
