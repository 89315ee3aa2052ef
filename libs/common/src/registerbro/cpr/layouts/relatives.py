"""Relatives with their addresses, from the sister product P12180, whose records the same reader takes."""

from registerbro.cpr.layouts.field import KEY, RecordLayout, date, digits, number, text


def _relative(
    record_type: str, danish_name: str, english_name: str, number_field: str, occurs: str
) -> RecordLayout:
    return RecordLayout(record_type, danish_name, english_name, 269, occurs=occurs, fields=(
        *KEY,
        number("relative_pnr", number_field, 14, "relative's personal number"),
        text("addressing_name", "ADRNVN", 24, 34, "relative's addressing name"),
        text("care_of_name", "CONVN", 58, 34, "c/o name"),
        text("locality", "LOKALITET", 92, 34, "locality"),
        text("standard_address", "STANDARDADR", 126, 34, "label address"),
        text("city_name", "BYNVN", 160, 34, "city name"),
        digits("post_code", "POSTNR", 194, 4, "post code"),
        text("post_district", "POSTDISTTXT", 198, 20, "post district"),
        digits("municipality_code", "KOMKOD", 218, 4, "municipality (below 900 Denmark, 950 and above Greenland)"),
        digits("road_code", "VEJKOD", 222, 4, "road in the municipality"),
        text("house_number", "HUSNR", 226, 4, "three digits, zero padded, and an optional letter"),
        text("floor", "ETAGE", 230, 2, "01.., st, kl or blank"),
        text("door", "SIDEDOER", 232, 4, "th, tv, mf or a number", right=True),
        text("building_number", "BNR", 236, 4, "building number, of Greenlandic addresses"),
        text("road_addressing_name", "VEJADRNVN", 240, 20, "road name in its short form"),
        date("protection_start", "START_DT-BESKYTTELSE", 260, "relative's name and address protection from; blank if none"),
    ))  # fmt: skip


RELATIVES: tuple[RecordLayout, ...] = (
    _relative("031", "Mor med klarskriftadresse", "mother with clear-text address", "PNRMOR", "0..1"),
    _relative("032", "Far med klarskriftadresse", "father with clear-text address", "PNRFAR", "0..1"),
    _relative("033", "Barn med klarskriftadresse", "child with clear-text address", "PNRBARN", "0..25"),
)
