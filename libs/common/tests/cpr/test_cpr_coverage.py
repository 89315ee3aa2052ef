"""What absence says depends on what the agreement delivers."""

import pytest
from registerbro.contacts.layers import scope_of
from registerbro.cpr.coverage import ALL_TYPES, delivered_parts

NOTHING: frozenset[str] = frozenset()


def parts(delivered: frozenset[str] = ALL_TYPES, rejected: frozenset[str] = NOTHING) -> frozenset[str]:
    return delivered_parts(delivered, rejected)


def test_everything_is_delivered_unless_said_otherwise() -> None:
    assert parts() == {
        "name1", "name2", "text", "position", "end_date", "protections", "address:HA", "address:KONTAKT",
        "info:GældendePNR", "info:Køn", "info:Status", "info:Bynavn", "info:Postdist", "info:Fødregkode",
        "info:Fødreg.myn.", "info:Civilstand", "date:Fødselsdag", "date:Statusfra", "date:Civst.fra", "date:Umyndig",
        "reference:Ægtefælle", "reference:Barn", "reference:Far", "reference:Mor", "reference:Forældremyndighed",
        "reference:Værge",
    }  # fmt: skip


def test_the_store_knows_every_part() -> None:
    assert scope_of(parts()).keys == parts()


@pytest.mark.parametrize(
    ("record_type", "silent"),
    [
        ("008", {"name1", "name2"}),
        ("004", {"protections", "address:HA"}),
        ("012", {"info:Civilstand", "date:Civst.fra", "reference:Ægtefælle"}),
        ("014", {"reference:Barn"}),
        ("015", {"reference:Far", "reference:Mor", "reference:Forældremyndighed"}),
        ("016", {"reference:Forældremyndighed"}),
        ("017", {"date:Umyndig", "reference:Værge"}),
        ("052", {"date:Umyndig", "reference:Værge"}),
        ("003", {"text", "address:HA", "info:Bynavn", "info:Postdist"}),
        ("002", {"address:HA"}),
        ("099", set()),
    ],
)
def test_a_rejected_record_silences_what_it_speaks_of(record_type: str, silent: set[str]) -> None:
    assert parts() - parts(rejected=frozenset({record_type})) == silent


def test_an_agreement_without_003_has_names_and_addresses_from_other_records() -> None:
    without = ALL_TYPES - {"003"}
    assert {"text", "address:HA"} <= parts(without)
    assert parts(without).isdisjoint({"info:Bynavn", "info:Postdist"})
    assert "address:HA" not in parts(without - {"002"})
    assert "text" not in parts(without, frozenset({"008"}))


def test_guardians_come_from_either_record() -> None:
    assert "reference:Værge" in parts(ALL_TYPES - {"052"})
    assert "reference:Værge" in parts(ALL_TYPES - {"017"})
    assert "reference:Værge" not in parts(ALL_TYPES - {"017", "052"})
