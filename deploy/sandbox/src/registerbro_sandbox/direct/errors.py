"""CPR Direkte's error numbers, with what the sandbox says of them: CPR's own texts are not public."""

from typing import Final

NONE: Final = 0
WRONG_LOGON: Final = 1
PASSWORD_EXPIRED: Final = 2
PASSWORD_AGAINST_RULES: Final = 3
CLOSED: Final = 4
UNKNOWN_PERSON: Final = 5
UNKNOWN_CUSTOMER: Final = 6
NEW_LOGON_NEEDED: Final = 7
UNKNOWN_SUBSCRIPTION_TYPE: Final = 10
UNKNOWN_DATA_TYPE: Final = 11
ADDRESS_NOT_ALLOWED: Final = 16
NUMBER_MISSING: Final = 17
NO_TRANSACTION: Final = 99

USER_CLOSED: Final = frozenset({24, 28})
"""Access taken from a user as a whole: they cannot log on."""
TRANSACTION_CLOSED: Final = frozenset({14, 18, 99})
"""Access taken from a user for the lookup alone: logging on works."""
REFUSALS: Final = USER_CLOSED | TRANSACTION_CLOSED

_TEXTS = {
    1: "Forkert bruger-id eller adgangskode",
    2: "Adgangskoden er udløbet",
    3: "Den nye adgangskode følger ikke reglerne",
    4: "Der er lukket for adgang til CPR",
    5: "Personnummeret findes ikke i CPR",
    6: "Ukendt kundenummer",
    7: "Timeout, log på igen",
    8: "Deadlock ved læsning i CPR",
    9: "Alvorlig fejl, ingen forbindelse til CPR",
    10: "ABON_TYPE er ukendt",
    11: "DATA_TYPE er ukendt",
    14: "Ingen adgang til transaktionen, profiltabellen er lukket",
    16: "IP-adressen har ikke adgang",
    17: "Personnummer mangler",
    18: "Ingen adgang til transaktionen, profilen er ikke aktiv",
    24: "Ingen adgang, brugerprofiltabellen er lukket",
    28: "Ingen adgang, brugerprofilen er ikke aktiv",
    99: "Ingen adgang til transaktionen",
}


def text_of(number: int) -> str:
    """What is said of an error number."""
    return _TEXTS.get(number, "Reserveret")
