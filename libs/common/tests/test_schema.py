"""Each migration leaves exactly the schema that is checked in beside it."""

from tests.support.schema import DUMPS, dumps


def test_each_migration_leaves_the_schema_that_is_checked_in() -> None:
    actual = dict(dumps())
    expected = {path.stem: path.read_text() for path in DUMPS.glob("*.sql")}
    assert actual == expected, (
        "run `python -m tests.support.schema` if the migration means to change the schema"
    )
