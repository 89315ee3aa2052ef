"""Records about spouse, children, parents, custody and guardians."""

from registerbro.cpr.layouts import codes
from registerbro.cpr.layouts.field import (
    KEY,
    RecordLayout,
    date,
    digits,
    mark,
    number,
    text,
    timestamp,
    uncertain,
)

# fmt: off
GUARDIANSHIP = (
    *KEY,
    date("guardianship_start", "START_DT-UMYNDIG", 14, "in force from"),
    uncertain("guardianship_start_uncertain", "START_DT_UMRK-UMYNDIG", 24),
    date("guardianship_end", "SLET_DT-UMYNDIG", 25, "planned end"),
    digits("relation_type", "UMYN_RELTYP", 35, 4, "how the guardian is given", codes=codes.GUARDIAN_GIVEN),
    number("guardian_pnr", "RELPNR", 39, "guardian's personal number"),
    date("guardian_start", "START_DT-RELPNR_PNR", 49, "guardian (by number) from"),
    text("guardian_name", "RELADRSAT_RELPNR_TXT", 59, 34, "guardian's name"),
    date("guardian_text_start", "START_DT-RELPNR_TXT", 93, "guardian (by text) from"),
    text("relation_text_1", "RELTXT1", 103, 34, "guardian's address or free text, line 1"),
    text("relation_text_2", "RELTXT2", 137, 34, "guardian's address or free text, line 2"),
    text("relation_text_3", "RELTXT3", 171, 34, "guardian's address or free text, line 3"),
    text("relation_text_4", "RELTXT4", 205, 34, "guardian's address or free text, line 4"),
    text("relation_text_5", "RELTXT5", 239, 34, "guardian's address or free text, line 5"),
)

FAMILY: tuple[RecordLayout, ...] = (
    RecordLayout("012", "Aktuel civilstand", "current civil status", 95, occurs="1", fields=(
        *KEY,
        text("civil_status", "CIVST", 14, 1, "civil status", codes=codes.CIVIL_STATUS),
        number("spouse_pnr", "AEGTEPNR", 15, "spouse's personal number; blank or ten zeros when unknown"),
        date("spouse_birth_date", "AEGTEFOED_DT", 25, "spouse's birth date, when there is no spouse_pnr"),
        uncertain("spouse_birth_date_uncertain", "AEGTEFOEDDT_UMRK", 35),
        text("spouse_name", "AEGTENVN", 36, 34, "spouse's name, when there is no spouse_pnr"),
        mark("spouse_name_mark", "AEGTENVN_MRK", 70, "remark on the name", codes=codes.NAME_MARK),
        timestamp("civil_status_start", "HAENSTART-CIVILSTAND", 71, "valid from, zeros if not given"),
        uncertain("civil_status_start_uncertain", "HAENSTART_UMRK-CIVILSTAND", 83),
        timestamp("separation_reference", "SEP_HENVIS-CIVILSTAND", 84, "key that ties this row to a separation row (013/030), a timestamp, blank if none", empty=" "),
    )),
    RecordLayout("013", "Aktuel separation", "current separation", 36, occurs="0..1", fields=(
        *KEY,
        timestamp("marital_reference", "SEP_HENVIS-SEPARATION", 14, "key to the civil status row (012/029)"),
        date("separation_start", "START_DT-SEPARATION", 26, "separated from"),
        uncertain("separation_start_uncertain", "START_DT_UMRK-SEPARATION", 36),
    )),
    RecordLayout("014", "Børn", "child", 23, occurs="0..25, one record per child", fields=(
        *KEY,
        number("child_pnr", "PNR (barn)", 14, "personal number of a child"),
    )),
    RecordLayout("015", "Forældreoplysninger", "parents", 147, occurs="1", fields=(
        *KEY,
        date("mother_date", "MOR_DT", 14, "parenthood registered from"),
        uncertain("mother_date_uncertain", "MOR_DT_UMRK", 24),
        number("mother_pnr", "PNRMOR", 25, "mother's personal number; ten zeros when unknown", empty="0"),
        date("mother_birth_date", "MOR_FOED_DT", 35, "mother's birth date"),
        uncertain("mother_birth_date_uncertain", "MOR_FOED_DT_UMRK", 45),
        text("mother_name", "MORNVN", 46, 34, "mother's name, when there is no number"),
        mark("mother_name_mark", "MORNVN_MRK", 80, "remark on the name", codes=codes.NAME_MARK),
        date("father_date", "FAR_DT", 81, "parenthood registered from"),
        uncertain("father_date_uncertain", "FAR_DT_UMRK", 91),
        number("father_pnr", "PNRFAR", 92, "father's personal number; ten zeros when unknown", empty="0"),
        date("father_birth_date", "FAR_FOED_DT", 102, "father's birth date"),
        uncertain("father_birth_date_uncertain", "FAR_FOED_DT_UMRK", 112),
        text("father_name", "FARNVN", 113, 34, "father's name, when there is no number"),
        mark("father_name_mark", "FARNVN_MRK", 147, "remark on the name", codes=codes.NAME_MARK),
    )),
    RecordLayout("016", "Forældremyndighed", "custody", 58, occurs="0..4", fields=(
        *KEY,
        digits("relation_type", "RELTYP-FORÆLDREMYN", 14, 4, "who holds custody", codes=codes.CUSTODY_HOLDER),
        date("custody_start", "START_DT-FORÆLDREMYN", 18, "in force from"),
        uncertain("custody_start_uncertain", "START_DT_UMRK-FORÆLDREMYN", 28),
        date("custody_end", "SLET_DT-FORÆLDREMYN", 29, "planned end"),
        number("holder_pnr", "RELPNR", 39, "holder's personal number, only for relation types 0005 and 0006"),
        date("holder_start", "START_DT-RELPNR_PNR", 49, "holder from"),
    )),
    RecordLayout("017", "Umyndiggørelse og værge", "guardianship", 272, occurs="0..1", fields=GUARDIANSHIP),
    RecordLayout("052", "Umyndiggørelse og værge med værgemålstype", "guardianship with type", 287, occurs="0..1", fields=(
        *GUARDIANSHIP,
        text("guardianship_type", "VAERGEMAALS_TYPE", 273, 15, "kind of guardianship; 'FULD' is the one known value"),
    )),
)
