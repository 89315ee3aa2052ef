"""Fields and parameter string say the same, whichever way in: nothing is lost, nothing is read as something else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.configuration.sources import FIELDS, KEEP, SourceName, Wish, wished
from registerbro.parameters import ParameterString
from registerbro.privacy import is_suspect
from registerbro.sources import CprSource, CvrSource, ParametersRefused, Source

NAME_TYPE = st.from_regex(r"[A-Z][A-Z0-9]{0,4}", fullmatch=True)
TEXT = st.text('abcIÆø 0196.;,:=-\\/"\n', max_size=15)
CPR_FIELDS = st.fixed_dictionaries(
    {},
    optional={"force_update": st.booleans(), "subscription": st.booleans(), "guardian_name_type": NAME_TYPE},
)
CVR_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from([1, 2, 3]),
        "user_id": TEXT,
        "certificate": TEXT | st.just("CN=Some Body,O=Org,C=DK"),
        "certificate_file": TEXT,
        "company_name_type": NAME_TYPE,
        "unit_name_type": NAME_TYPE,
        "force_update": st.booleans(),
    },
)
STRINGS = {
    SourceName.CPR: [
        "",
        r"IP=10.1.2.3;DefFiles=.\CPRkilde\P12170.*;ForceUpdate=N",
        "subscription: 1, Colour=blue",
    ],
    SourceName.CVR: [
        "",
        "Level:1, UserID:abc, Certificatefilename=a.p12; Jtype=J",
        "Certificate=CN=A,O=B;level=3;",
        "Level:0, UserID:abc",
    ],
}
CASES = st.one_of(
    st.tuples(st.just(SourceName.CPR), st.sampled_from(STRINGS[SourceName.CPR]), CPR_FIELDS),
    st.tuples(st.just(SourceName.CVR), st.sampled_from(STRINGS[SourceName.CVR]), CVR_FIELDS),
)


def parsed(name: SourceName, text: str) -> Source:
    return CprSource.parse(text) if name is SourceName.CPR else CvrSource.parse(text)


def others(name: SourceName, source: Source) -> dict[str, str | None]:
    ours = {field.key.lower() for field in FIELDS[name]}
    return {key: source.parameters.get(key) for key in source.parameters.names() if key.lower() not in ours}


@given(CASES)
def test_what_fields_say_the_string_says(case: tuple[SourceName, str, dict[str, Any]]) -> None:
    name, text, fields = case
    before = parsed(name, text)
    try:
        after, password = wished(name, before, Wish(fields=fields))
    except ParametersRefused:
        texts = [value for value in fields.values() if isinstance(value, str)]
        assert any(
            is_suspect(each) or set(each) & set(";,") or each != each.strip() or not each.isprintable()
            for each in texts
        )
        return
    assert password is KEEP
    again = parsed(name, str(after))
    for field in FIELDS[name]:
        expected = fields.get(field.name, getattr(before, field.name))
        assert getattr(again, field.name) == getattr(after, field.name) == expected
    assert others(name, again) == others(name, before)


@given(CASES)
def test_fields_that_say_nothing_new_leave_the_string_as_it_is(
    case: tuple[SourceName, str, dict[str, Any]],
) -> None:
    name, text, _ = case
    source = parsed(name, text)
    same = {field.name: getattr(source, field.name) for field in FIELDS[name]}
    assert str(wished(name, source, Wish(fields=same))[0]) == text


@pytest.mark.parametrize(
    ("text", "kept", "password"),
    [
        ("Level:2, UserID:abc", "Level:2, UserID:abc", KEEP),
        ("Level:2;Password=a word;UserID=abc", "Level:2;UserID=abc", "a word"),
        ("UserID=abc;Password=", "UserID=abc;", None),
    ],
)
def test_a_password_leaves_the_string(text: str, kept: str, password: Any) -> None:
    source, found = wished(SourceName.CVR, CvrSource(), Wish(parameters=text))
    assert str(source) == kept
    assert found == password or (
        found is not None and found is not KEEP and found.get_secret_value() == password
    )


def test_other_keys_are_replaced_only_where_they_are_given() -> None:
    source = CprSource.parse("IP=a;Class=b;ForceUpdate=J")
    assert str(wished(SourceName.CPR, source, Wish())[0]) == "IP=a;Class=b;ForceUpdate=J"
    changed, _ = wished(SourceName.CPR, source, Wish(others={"class": "c", "New": "d"}))
    assert ParameterString.parse(str(changed)).names() == ("Class", "ForceUpdate", "New")
    assert changed.parameters.get("Class") == "c"
