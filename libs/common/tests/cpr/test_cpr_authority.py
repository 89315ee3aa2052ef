"""The authority register from both of its forms."""

import datetime as dt
from pathlib import Path

import pytest
from registerbro.cpr.authority import AUTHORITY, Authority, AuthorityFileRefused, names_on, read_authorities
from registerbro.cpr.reader import scan
from registerbro.cpr.refusals import AuthorityRegister

CSV = """authority_code,authority_type,authority_group,valid_from,valid_to,name,full_name,iso_alpha2
0851,05,0,199105281200,000000000000,Aalborg,,
8501,25,0,200702010000,000000000000,"Sparkær,Viborg","Sparkær Sogn, Viborg Kommune",
"""
NEVER = "0" * 12
ROWS = [
    Authority("0851", "199105281200", "", "05", "Aalborg"),
    Authority("8501", "200702010000", "", "25", "Sparkær Sogn, Viborg Kommune"),
]


def p02680(code: str, kind: str, since: str, name: str, full_name: str = "") -> str:
    """A 420-character record; positions counted here once more, from the file and not from the table."""
    head = f"001{code}{kind}0{'20200101120012345678'}{since}{NEVER}{name:20}"
    return f"{head}{'Sognepræsten':34}{'':136}{'12345678'}{full_name:60}{'':100}{'':5}000"


def written(directory: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = directory / "authorities"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(("content", "encoding"), [
    (CSV, "utf-8"), (CSV, "utf-8-sig"), (CSV, "iso-8859-1"), (CSV.replace("\n", "\r\n"), "utf-8"),
    (CSV.replace('"Sparkær,Viborg","Sparkær Sogn, Viborg Kommune"', "x\tSparkær Sogn| Viborg Kommune").replace(",", ";")
     .replace("\t", ";").replace("|", ","), "utf-8"),
])  # fmt: skip
def test_csv(content: str, encoding: str, tmp_path: Path) -> None:
    assert read_authorities(written(tmp_path, content, encoding)) == ROWS


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_p02680(line_end: str, tmp_path: Path) -> None:
    records = [
        "00037071620200101",
        p02680("0851", "05", "199105281200", "Aalborg"),
        p02680("8501", "25", "200702010000", "Sparkær,Viborg", "Sparkær Sogn, Viborg Kommune"),
    ]
    assert all(len(each) == 420 for each in records[1:])
    path = written(tmp_path, line_end.join([*records, ""]), "iso-8859-1")
    assert read_authorities(path) == ROWS
    assert AUTHORITY.fields[-1].end == 420


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty (line 1)"),
        ("code;name\n0851;Aalborg\n", "column missing: authority_code (line 1)"),
        ("authority_code,name\n", "no authority in the file (line 1)"),
        ("authority_code,name\n0851,Aalborg\n85x1,Viborg\n", "authority_code is not four digits (line 3)"),
        (p02680("0851", "05", NEVER, "Aalborg") + "x", "longer than 420 characters (line 1)"),
        ("00037071620200101\n", "no authority in the file (line 1)"),
        (
            "authority_code,name,valid_from\n0851,Aalborg,\n85x1,Viborg,\n0101,København,soon\n",
            "authority_code is not four digits (line 3); also wrong: lines 4",
        ),
        (
            "authority_code,name\n" + "x,y\n" * 14,
            "authority_code is not four digits (line 2); also wrong: lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more",
        ),
        ("a\rb,c\n", "not CSV (line 1)"),
        ("authority_code,name\n0851,Aal\0borg\n", "a character that is none (line 2)"),
    ],
)
def test_what_is_no_authority_register(content: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(AuthorityFileRefused) as refused:
        read_authorities(written(tmp_path, content))
    assert str(refused.value) == reason


def test_the_register_is_no_extract(tmp_path: Path) -> None:
    content = "00037071620200101\n" + p02680("0851", "05", NEVER, "Aalborg") + "\n"
    with pytest.raises(AuthorityRegister, match="registerbro authorities load"):
        scan(written(tmp_path, content, "iso-8859-1"))


def test_names_on_a_day() -> None:
    rows = [
        Authority("0171", "200701010000", "", "05", "new name"),
        Authority("0171", "199006291200", "200612312359", "05", "old name"),
        Authority("0165", "199006291200", "200612312359", "05", "closed"),
        Authority("0999", "", "", "05", "always"),
    ]
    assert names_on(rows, dt.date(2006, 6, 1))["0171"] == "old name"
    assert names_on(rows, dt.date(2007, 1, 1)) == {"0171": "new name", "0165": "closed", "0999": "always"}
