"""Records of the file itself and of deliveries: start and end, events, errors, receipts."""

from registerbro.cpr.layouts import codes
from registerbro.cpr.layouts.field import (
    KEY,
    RECORD_TYPE,
    RecordLayout,
    compact_date,
    digits,
    text,
    timestamp,
)

# fmt: off
DELIVERY: tuple[RecordLayout, ...] = (
    RecordLayout("000", "Startrecord", "start record", 35, occurs="1 per file / online answer", fields=(
        RECORD_TYPE,
        text("sort_field", "SORTFELT-10", 4, 10, "ten zeros, keeps the record first when sorted"),
        digits("task_number", "OPGAVENR", 14, 6, "task number: four digits of the customer, two of the serial"),
        compact_date("production_date", "PRODDTO", 20, "production date"),
        compact_date("previous_production_date", "PRODDTOFORRIG", 28, "production date of the previous delivery of the same task; zeros in online answers and the first delivery"),
    )),
    RecordLayout("099", "Hændelser", "events", 45, occurs="1..n in change extracts; not in online answers", fields=(
        *KEY,
        timestamp("updated", "TIMESTAMPU", 14, "when CPR was updated"),
        text("event", "HAENDELSE", 26, 3, "event code", codes=codes.EVENT),
        text("derived_mark", "AFLEDTMRK", 29, 2, "how the person relates to the event's main person", codes=codes.DERIVED),
        text("key_constant", "NGLKONST", 31, 15, "customer's own key, when the event is a subscription or a requisition"),
    )),
    RecordLayout("910", "Fejlrecord", "error record", 157, occurs="0..n", fields=(
        RECORD_TYPE,
        text("sort_field", "SORTFELT-10", 4, 10, "what was wrong: may hold PNR, birth date, sex, municipality or road"),
        text("input", "INDDATA", 14, 75, "the rejected input line, first 75 characters"),
        digits("error_number", "FEJLNR", 89, 4, "error number"),
        text("error_text", "FEJLTXT-UDTRÆK", 93, 65, "error text in Danish"),
    )),
    RecordLayout("997", "Kvittering for sletning af abonnement", "receipt for deleted subscription", 43, occurs="0..n", fields=(
        *KEY,
        timestamp("updated", "TIMESTAMPU", 14, "when the subscription was deleted"),
        text("event", "HAENDELSE", 26, 3, "event code", codes=codes.EVENT),
        text("key_constant", "NGLKONST", 29, 15, "customer's own key, blank if the input had none"),
    )),
    RecordLayout("999", "Slutrecord", "end record", 21, occurs="1 per file / online answer", fields=(
        RECORD_TYPE,
        text("sort_field", "SORTFELT-10", 4, 10, "ten nines, keeps the record last when sorted"),
        digits("record_count", "TAELLER", 14, 8, "number of records between the start and the end record"),
    )),
)
