"""What is wrong with a field, in the person's language, where pydantic says it with a code of its own.

Codes: pydantic's documentation, *Validation errors*. Numbers stand in its English text, and are taken from there. What our own rules say
has the code ``value_error``, and is shown as the service says it.
"""

import re
from collections.abc import Mapping

from console.web.languages import N_

MISTAKES: Mapping[str, str] = {
    "missing": N_("This has to be filled in."),
    "string_type": N_("Write a text here."),
    "string_too_short": N_("Write at least %(limit)s characters."),
    "string_too_long": N_("Write at most %(limit)s characters."),
    "string_pattern_mismatch": N_("This is not written as it should be."),
    "string_unicode": N_("This has characters that are no text."),
    "int_type": N_("Write a whole number."),
    "int_parsing": N_("Write a whole number."),
    "int_parsing_size": N_("The number is too large."),
    "int_from_float": N_("Write a whole number."),
    "float_type": N_("Write a number."),
    "float_parsing": N_("Write a number."),
    "finite_number": N_("Write a number."),
    "bool_type": N_("Say yes or no."),
    "bool_parsing": N_("Say yes or no."),
    "greater_than": N_("Write a number above %(limit)s."),
    "greater_than_equal": N_("Write %(limit)s or more."),
    "less_than": N_("Write a number below %(limit)s."),
    "less_than_equal": N_("Write %(limit)s or less."),
    "literal_error": N_("Choose one of the values that are offered."),
    "enum": N_("Choose one of the values that are offered."),
    "date_type": N_("Write a date, as 2026-05-18."),
    "date_parsing": N_("Write a date, as 2026-05-18."),
    "date_from_datetime_parsing": N_("Write a date, as 2026-05-18."),
    "date_from_datetime_inexact": N_("Write a date without a time."),
    "time_type": N_("Write a time of day, as 02:30."),
    "time_parsing": N_("Write a time of day, as 02:30."),
    "datetime_type": N_("Write a date and a time, as 2026-05-18T03:30."),
    "datetime_parsing": N_("Write a date and a time, as 2026-05-18T03:30."),
    "datetime_from_date_parsing": N_("Write a date and a time, as 2026-05-18T03:30."),
    "timezone_aware": N_("Say the time zone, too."),
    "url_parsing": N_("Write an address, as https://host.example."),
    "url_scheme": N_("The address must begin otherwise, as with https://."),
    "uuid_parsing": N_("This is no id of the right form."),
    "list_type": N_("Give a list."),
    "dict_type": N_("This is not of the right form."),
    "too_short": N_("Give at least %(limit)s."),
    "too_long": N_("Give at most %(limit)s."),
    "extra_forbidden": N_("The service does not know this field."),
    "json_invalid": N_("This cannot be read."),
}
_LIMIT = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")


def mistake_of(error: Mapping[str, str]) -> tuple[str, str] | None:
    """The text and the limit that it names; None where only the service's own words say it."""
    text = MISTAKES.get(error.get("code", ""))
    limit = _LIMIT.search(error["detail"])
    if text is None or ("%(limit)s" in text and limit is None):
        return None
    return text, limit[0] if limit else ""
