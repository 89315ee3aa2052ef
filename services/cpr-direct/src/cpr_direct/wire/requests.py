"""The two requests: a logon of 35 characters, and everything else in 39."""

import enum

from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber

from cpr_direct.wire.fields import LOGON, REQUEST, written

LOGS_ON = "9"
NO_DATA = "0"
NO_ERROR = "00"


class SubscriptionType(enum.StrEnum):
    """What a request does to the subscription (ABON_TYPE); which one subscribes is a setting."""

    LEAVE = "0"
    DELETE = "3"


def logon_request(
    *,
    transaction_code: str,
    customer_number: str,
    user_id: str,
    password: SecretStr,
    new_password: SecretStr | None = None,
) -> bytes:
    """A logon; with a new password also the change to it. Raises ``FieldTooLong``."""
    values = {
        "transaction_code": transaction_code,
        "comma": ",",
        "customer_number": customer_number,
        "subscription_type": LOGS_ON,
        "data_type": NO_DATA,
        "user_id": user_id,
        "password": password.get_secret_value(),
        "new_password": new_password.get_secret_value() if new_password else "",
    }
    return written(LOGON, values)


def request(
    *,
    transaction_code: str,
    customer_number: str,
    user_id: str,
    token: SecretStr,
    subscription_type: str,
    data_type: str,
    number: CprNumber,
) -> bytes:
    """A lookup, a change of the subscription, or both at once. Raises ``FieldTooLong``."""
    values = {
        "transaction_code": transaction_code,
        "comma": ",",
        "customer_number": customer_number,
        "subscription_type": subscription_type,
        "data_type": data_type,
        "token": token.get_secret_value(),
        "user_id": user_id,
        "error_number": NO_ERROR,
        "pnr": number.value,
    }
    return written(REQUEST, values)
