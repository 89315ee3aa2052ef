"""What codes of the sandbox mean to the person at the page; English here, translated when it is shown."""

from collections.abc import Mapping

from console.web.languages import N_

EVENTS: Mapping[str, str] = {
    "moves": N_("Moves"),
    "marries": N_("Marries"),
    "divorces": N_("Is divorced"),
    "dies": N_("Dies"),
    "changes-name": N_("Changes name"),
    "changes-number": N_("Gets another CPR number"),
    "gets-guardian": N_("Gets a guardian"),
    "loses-guardian": N_("Loses the guardian"),
    "gets-protection": N_("Gets name and address protection"),
    "loses-protection": N_("Loses name and address protection"),
    "emigrates": N_("Moves abroad"),
    "returns": N_("Comes back from abroad"),
    "is-born": N_("Has a child"),
}
"""What can happen to persons, in the order of the page."""

FOR_GOOD = frozenset({"dies", "changes-number", "is-born"})
"""Events that no other event takes back."""

STATUSES: Mapping[str, str] = {
    "01": N_("lives in Denmark"),
    "03": N_("lives in Denmark, special road code"),
    "05": N_("lives in Greenland"),
    "07": N_("lives in Greenland, special road code"),
    "20": N_("not resident"),
    "30": N_("number annulled"),
    "50": N_("number deleted, has another one"),
    "60": N_("has another number"),
    "70": N_("disappeared"),
    "80": N_("lives abroad"),
    "90": N_("dead"),
}
"""Civil registration statuses (record 001)."""

CIVIL: Mapping[str, str] = {
    "U": N_("unmarried"),
    "G": N_("married"),
    "F": N_("divorced"),
    "E": N_("widowed"),
    "P": N_("registered partner"),
    "O": N_("partnership dissolved"),
    "L": N_("longest living partner"),
    "D": N_("dead"),
}
"""Civil statuses (record 012)."""

KINDS: Mapping[str, str] = {"company": N_("Company"), "unit": N_("Production unit")}

HAPPENINGS: Mapping[str, str] = {
    "move": N_("Moves"),
    "rename": N_("Gets another name"),
    "industry": N_("Works in another industry"),
    "contact": N_("Gets other contact details"),
    "cease": N_("Ceases"),
    "reopen": N_("Lives again"),
    "protect": N_("Advertising protection begins"),
    "unprotect": N_("Advertising protection ends"),
    "bankrupt": N_("Goes bankrupt"),
    "solvent": N_("The bankruptcy ends"),
    "correct": N_("All rows are corrected"),
    "sell": N_("Is sold"),
    "open": N_("A production unit opens"),
    "found": N_("A company is founded"),
    "recode": N_("Every unit gets another industry code"),
    "repeat": N_("The last events come again"),
    "hold": N_("The watermark stands still"),
    "release": N_("The watermark follows again"),
}
"""What can happen to companies."""
