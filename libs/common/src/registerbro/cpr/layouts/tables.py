"""The code lists by name, for those who look them up."""

from registerbro.cpr.authority import AUTHORITY_TYPES
from registerbro.cpr.layouts import codes
from registerbro.cpr.layouts.field import Codes

CODE_TABLES: dict[str, Codes] = {
    "status": codes.STATUS,
    "sex": codes.SEX,
    "civil-status": codes.CIVIL_STATUS,
    "church": codes.CHURCH,
    "protection": codes.PROTECTION,
    "custody-holder": codes.CUSTODY_HOLDER,
    "guardian": codes.GUARDIAN_GIVEN,
    "name-mark": codes.NAME_MARK,
    "correction": codes.CORRECTION,
    "event": codes.EVENT,
    "derived": codes.DERIVED,
    "authority-type": AUTHORITY_TYPES,
}
