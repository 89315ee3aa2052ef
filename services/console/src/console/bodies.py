"""What the bodies of calls have in common."""

from pydantic import ConfigDict
from registerbro import api


class Request(api.Request):
    """A body with values that JSON has no type for: enumerations, sets, times."""

    model_config = ConfigDict(strict=False)
