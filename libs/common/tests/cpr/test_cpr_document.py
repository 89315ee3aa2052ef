"""The reference page of the records is what the tables say."""

from pathlib import Path

from registerbro.cpr.document import page

PAGE = Path(__file__).parents[4] / "docs" / "cpr-records.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m registerbro.cpr.document > docs/cpr-records.md"
    )


def test_the_page_names_positions_and_codes() -> None:
    assert "| 40-49 | 10 | `birth_date` | FOED_DT | date | birth date, blank if unknown |" in page()
    assert "| `90` | Død | Deceased |" in page()
    assert "(in records of 382 only)" in page()
