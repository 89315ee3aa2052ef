"""The vendor's parameter strings: read as they are, written back as they were, wrong values refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.database import Pool
from registerbro.parameters import ParametersMalformed, ParameterString
from registerbro.sources import CprSource, CvrSource, ParametersRefused, load, save

CPR_EXAMPLE = r"IP=10.1.2.3;DefFiles=.\CPRkilde\P12170.*;ForceUpdate=N;Subscription=1;guardianNameType=P"
CVR_EXAMPLE = "Level:1, UserID:service-user, Certificatefilename=company.p12; Jtype=J; Ptype=V"

KEY = st.from_regex(r"[A-Za-z]\w{0,8}", fullmatch=True).filter(
    lambda key: key.isascii() and key not in {"CN", "OU", "O", "C", "L", "ST", "DC"}
)
VALUE = st.text(st.characters(exclude_characters=";,", codec="utf-8"), max_size=12).map(str.strip)
SIGN = st.sampled_from(["=", ":", " = ", ": "])


@given(
    st.lists(st.tuples(KEY, SIGN, VALUE), unique_by=lambda pair: pair[0].lower(), max_size=8),
    st.sampled_from([";", "; ", ", ", " ;\n"]),
)
def test_reading_and_writing_gives_the_same_text(pairs: list[tuple[str, str, str]], divider: str) -> None:
    text = divider.join(f"{key}{sign}{value}" for key, sign, value in pairs)
    parsed = ParameterString.parse(text)
    assert str(parsed) == text
    assert [(key, parsed.get(key)) for key in parsed.names()] == [(key, value) for key, _, value in pairs]


def test_the_guides_cpr_example() -> None:
    source = CprSource.parse(CPR_EXAMPLE)
    assert (source.force_update, source.subscription, source.guardian_name_type) == (False, True, "P")
    assert source.parameters.get("deffiles") == r".\CPRkilde\P12170.*"
    assert str(source) == CPR_EXAMPLE


def test_the_guides_cvr_example() -> None:
    source = CvrSource.parse(CVR_EXAMPLE)
    assert (source.level, source.user_id, source.certificate_file) == (1, "service-user", "company.p12")
    assert (source.company_name_type, source.unit_name_type, source.force_update) == ("J", "V", True)
    assert str(source) == CVR_EXAMPLE


def test_defaults_of_an_empty_string() -> None:
    source = CprSource.parse("")
    assert (source.force_update, source.subscription, source.guardian_name_type) == (True, False, "P")
    assert CvrSource.parse("").level == 3


def test_unknown_keys_are_kept_and_shown() -> None:
    source = CprSource.parse("Assembly=Vendor.dll;Colour=blue, with a comma;forceupdate=n")
    assert source.parameters.get("Colour") == "blue, with a comma"
    assert source.force_update is False
    assert str(source) == "Assembly=Vendor.dll;Colour=blue, with a comma;forceupdate=n"


def test_a_certificates_subject_keeps_its_commas() -> None:
    source = CvrSource.parse("Certificate=CN=Some Body,O=Org,C=DK;UserID=u")
    assert (source.certificate, source.user_id) == ("CN=Some Body,O=Org,C=DK", "u")


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("ForceUpdate=X", ["ForceUpdate: must be J or N."]),
        (
            "Subscription=2;guardianNameType=too long",
            ["Subscription: must be 0 or 1.", "guardianNameType: must be the code of a contact type, as P."],
        ),
        ("ForceUpdate=J;forceupdate=N", ["forceupdate: given twice."]),
        ("ForceUpdate", ["parameter 1: not of the form key=value."]),
        ("IP=x;;Subscription=1", ["parameter 2: not of the form key=value."]),
        ("IP=x;=secret-word", ["parameter 2: not of the form key=value."]),
    ],
)
def test_wrong_values_are_refused_with_the_reason(text: str, reasons: list[str]) -> None:
    with pytest.raises(ParametersRefused) as refused:
        CprSource.parse(text)
    assert list(refused.value.reasons) == reasons
    assert refused.value.status == 422
    assert "secret-word" not in str(refused.value)


def test_the_password_is_not_shown() -> None:
    source = CvrSource.parse("UserID=u;Password=secret-word;Level=3")
    assert source.password is not None
    assert source.password.get_secret_value() == "secret-word"
    assert "secret-word" not in f"{source}{source!r}"
    assert str(source) == "UserID=u;Level=3"


def test_replacing_a_value() -> None:
    parsed = ParameterString.parse(CPR_EXAMPLE)
    assert str(parsed.replace("forceupdate", "J")) == CPR_EXAMPLE.replace("ForceUpdate=N", "ForceUpdate=J")
    assert str(parsed.replace("Class", "X")) == f"{CPR_EXAMPLE};Class=X"
    assert str(ParameterString().replace("Class", "X")) == "Class=X"
    with pytest.raises(ParametersMalformed):
        ParameterString.parse("a=1;a=2")


async def test_stored_and_announced_once(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await load(connection, "CPR") == CprSource()
        source = CprSource.parse(CPR_EXAMPLE, frozenset({"001", "003"}))
        assert await save(connection, source, by="anna")
        assert not await save(connection, source, by="anna")
        assert await load(connection, "CPR") == source
        assert await save(connection, CvrSource.parse(CVR_EXAMPLE), by="anna")
        assert str(await load(connection, "CVR-J")) == CVR_EXAMPLE
    sent = await pool.fetch("select routing_key, body from outbox order by sequence")
    assert [row["routing_key"] for row in sent] == ["configuration.changed"] * 2
    assert "10.1.2.3" not in str([row["body"] for row in sent])


async def test_a_contact_type_that_does_not_exist_is_refused(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(ParametersRefused, match="guardianNameType: there is no such contact type"):
            await save(connection, CprSource.parse("guardianNameType=Z"), by="anna")
        with pytest.raises(ParametersRefused, match="record_types"):
            CprSource.parse("", frozenset({"1"}))
        assert await load(connection, "CPR") == CprSource()
