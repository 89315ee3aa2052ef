"""Parameters of a question, by their names in lower case: read, or refused as ``NotReadable``."""

import datetime as dt
from collections.abc import Mapping

from registerbro_sandbox.datafordeler.errors import NotReadable
from registerbro_sandbox.datafordeler.schema import DANISH, moment


def whole(parameters: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A whole number from 1 on."""
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise NotReadable(f"parameter {name} is no whole number from 1 to {most}")
    return int(text)


def moment_in(parameters: Mapping[str, str], name: str) -> dt.datetime | None:
    """A moment in ISO 8601; None if it is not given."""
    if not (text := parameters.get(name)):
        return None
    try:
        return moment(text)
    except ValueError:
        raise NotReadable(f"parameter {name} is no time in ISO 8601") from None


def plain_moment(parameters: Mapping[str, str], name: str) -> dt.datetime:
    """A date, or a date and a time with a blank between, in Danish time."""
    text = parameters.get(name, "")
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=DANISH)
        except ValueError:
            continue
    raise NotReadable(f"parameter {name} is missing, or neither YYYY-MM-DD nor YYYY-MM-DD HH:mm:ss")
