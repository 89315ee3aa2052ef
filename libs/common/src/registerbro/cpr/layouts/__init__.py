"""The records of the CPR 12170 family as data: one table per record type, for reader, writer and documentation.

Source: the layouts of change extract U12170-P, status extract and CPR Direkte's OFF4 answers, which share them.
"""

from registerbro.cpr.layouts.address import ADDRESS
from registerbro.cpr.layouts.delivery import DELIVERY
from registerbro.cpr.layouts.family import FAMILY
from registerbro.cpr.layouts.field import Codes, CodeText, Field, Kind, RecordLayout
from registerbro.cpr.layouts.history import HISTORY
from registerbro.cpr.layouts.person import PERSON
from registerbro.cpr.layouts.relatives import RELATIVES

__all__ = ["LAYOUTS", "CodeText", "Codes", "Field", "Kind", "RecordLayout"]

LAYOUTS: dict[str, RecordLayout] = {
    layout.type: layout
    for layout in sorted(
        (*DELIVERY, *PERSON, *ADDRESS, *FAMILY, *HISTORY, *RELATIVES), key=lambda layout: layout.type
    )
}
