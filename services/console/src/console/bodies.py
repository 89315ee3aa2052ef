"""What the bodies of calls have in common."""

from pydantic import ConfigDict
from registerbro import api, purposes


class Request(api.Request):
    """A body with values that JSON has no type for: enumerations, sets, times."""

    model_config = ConfigDict(strict=False)


class Purposeful(purposes.Purposeful):
    """Such a body of a call that says why."""

    model_config = ConfigDict(strict=False)
