"""The fields of requests and of an answer's header, at the protocol's own 1-based positions."""

from collections.abc import Mapping

from registerbro.cpr.layouts.field import Field, digits, number, text
from registerbro.cpr.writer import ENCODING

# fmt: off
LOGON: tuple[Field, ...] = (
    text("transaction_code", "TRANSKODE", 1, 4, "of the agreement, as OFF4"),
    text("comma", "KOMMA", 5, 1, "a comma"),
    digits("customer_number", "KUNDENR", 6, 4, "customer number"),
    digits("subscription_type", "ABON_TYPE", 10, 1, "9: logon"),
    digits("data_type", "DATA_TYPE", 11, 1, "0"),
    text("user_id", "BRUGER-ID", 12, 8, "user id"),
    text("password", "PASSWORD", 20, 8, "password"),
    text("new_password", "NYT PASSWORD", 28, 8, "blank, or the password from now on"),
)

REQUEST: tuple[Field, ...] = (
    text("transaction_code", "TRANSKODE", 1, 4, "of the agreement, as OFF4"),
    text("comma", "KOMMA", 5, 1, "a comma"),
    digits("customer_number", "KUNDENR", 6, 4, "customer number"),
    digits("subscription_type", "ABON_TYPE", 10, 1, "0: leave it, 1: subscribe, 3: delete the subscription"),
    digits("data_type", "DATA_TYPE", 11, 1, "0: no data, 6: person data as agreed"),
    text("token", "TOKEN", 12, 8, "from the answer to the logon"),
    text("user_id", "BRUGER-ID", 20, 8, "user id"),
    digits("error_number", "FEJLNR", 28, 2, "00"),
    number("pnr", "PNR", 30, "personal number that is asked for"),
)

HEADER: tuple[Field, ...] = (
    digits("customer_number", "KUNDENR", 1, 4, "customer number"),
    digits("subscription_type", "ABON_TYPE", 5, 1, "subscription type"),
    digits("data_type", "DATA_TYPE", 6, 1, "data type"),
    text("token", "TOKEN", 7, 8, "of the session; in the answer to a logon the new one"),
    text("user_id", "BRUGER-ID", 15, 8, "user id"),
    digits("error_number", "FEJLNR", 23, 2, "00: no error"),
    digits("length", "LÆNGDE", 25, 4, "of the whole answer, header included; on errors a reason code"),
)
# fmt: on

HEADER_LENGTH = HEADER[-1].end


class FieldTooLong(ValueError):
    """A value does not fit its field of a request; names the field, never the value."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} does not fit its field of the request")


def written(fields: tuple[Field, ...], values: Mapping[str, str]) -> bytes:
    """The fields one after another, each filled up with blanks; all of them must be given."""
    return b"".join(_written(field, values[field.name]) for field in fields)


def _written(field: Field, value: str) -> bytes:
    try:
        data = value.encode(ENCODING)
    except UnicodeEncodeError:
        raise FieldTooLong(field.name) from None
    if len(data) > field.length:
        raise FieldTooLong(field.name)
    return data.ljust(field.length)
