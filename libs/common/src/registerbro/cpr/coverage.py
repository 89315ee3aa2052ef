"""Which parts of a contact a delivery speaks of: what an agreement delivers, less what was rejected on this person."""

import functools
from collections.abc import Mapping

from registerbro.contacts.model import Role
from registerbro.cpr.layouts import LAYOUTS

ALL_TYPES = frozenset(LAYOUTS)

# Record types in order of preference: of those that the agreement delivers, the first one speaks of the part.
_SPOKEN_OF_BY: Mapping[str, tuple[str, ...]] = {
    "info:GældendePNR": ("001",),
    "date:Fødselsdag": ("001",),
    "info:Køn": ("001",),
    "date:Statusfra": ("001",),
    "info:Status": ("001",),
    "position": ("001",),
    "end_date": ("001",),
    "name1": ("008",),
    "name2": ("008",),
    "text": ("003", "008"),
    "address:HA": ("003", "002"),
    "info:Bynavn": ("003",),
    "info:Postdist": ("003",),
    "protections": ("004",),
    "address:KONTAKT": ("006",),
    "info:Fødregkode": ("009",),
    "info:Fødreg.myn.": ("009",),
    "info:Civilstand": ("012",),
    "date:Civst.fra": ("012",),
    f"reference:{Role.SPOUSE}": ("012",),
    f"reference:{Role.CHILD}": ("014",),
    f"reference:{Role.FATHER}": ("015",),
    f"reference:{Role.MOTHER}": ("015",),
    f"reference:{Role.CUSTODY}": ("016",),
    "date:Umyndig": ("052", "017"),
    f"reference:{Role.GUARDIAN}": ("052", "017"),
}
# A part that is put together from several records is silent if one of these was rejected.
_ALSO_NEEDED: Mapping[str, frozenset[str]] = {
    "address:HA": frozenset({"002", "003", "004"}),  # place, moving-in date and protection are one address
    f"reference:{Role.CUSTODY}": frozenset({"015"}),
    "date:Umyndig": frozenset({"017", "052"}),
    f"reference:{Role.GUARDIAN}": frozenset({"017", "052"}),
}


@functools.lru_cache(maxsize=1024)
def delivered_parts(delivered_types: frozenset[str], rejected_types: frozenset[str]) -> frozenset[str]:
    """The parts, named as in ``MappedContact.delivers``, that a delivery with these record types speaks of."""
    return frozenset(
        part
        for part, types in _SPOKEN_OF_BY.items()
        if _first(types, delivered_types) not in {None, *rejected_types}
        and not _ALSO_NEEDED.get(part, frozenset()) & rejected_types
    )


def _first(types: tuple[str, ...], delivered_types: frozenset[str]) -> str | None:
    return next((record_type for record_type in types if record_type in delivered_types), None)
