"""``docs/security.md`` names files that there are, and has every requirement once, in order, with a verdict and what it rests on."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
CHECKLIST = PAGE[PAGE.index("## ASVS") :]
FOLDERS = ("deploy", "docs", "libs", "services", "tests")
HEADINGS = ("| # |", "| --- |")
NAMED = re.compile(r"`([\w./-]+\.(?:py|md|toml|lock|ya?ml)|Dockerfile)`")


def rows() -> list[list[str]]:
    """The checklist: number, what is asked, whether it is met, how."""
    lines = [
        line for line in CHECKLIST.splitlines() if line.startswith("|") and not line.startswith(HEADINGS)
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_file_that_is_named_is_there() -> None:
    files = [*ROOT.glob("*.*"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*"))]
    there = {"/".join(file.parts[-size:]) for file in files for size in (1, 2, 3)}
    named = set(NAMED.findall(PAGE))
    assert len(named) > 50
    assert sorted(named - there) == []


def test_every_requirement_stands_once_in_order() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, *_ in rows()]
    assert numbers == sorted(set(numbers))
    assert {chapter for chapter, *_ in numbers} == set(range(1, 18))


def test_every_requirement_has_a_verdict_and_what_it_rests_on() -> None:
    for row in rows():
        _, asked, met, how = row
        assert met in ("yes", "partly", "no", "n/a"), row
        assert min(len(asked), len(how)) >= 3, row
