"""What the imports say of one person: for the API and the command line."""

from cpr_batch import files
from cpr_batch.files import Store
from cpr_batch.views.files import ContactImportView, ProblemView


async def contact_log(
    source: Store, contact_id: int, *, after: tuple[int, int], size: int
) -> list[ContactImportView]:
    """Some entries, newest file first, after a file and a place in it; tombstones count as what they were merged into."""
    file_id, ordinal = after
    rows = [
        row
        async for row in files.SQL.outcomes_of_contact(
            source, contact_id=contact_id, file_id=file_id, ordinal=ordinal, size=size
        )
    ]
    places = [(row["file_id"], row["ordinal"]) for row in rows]
    wrong = await files.problems_of_persons(source, places)
    return [
        ContactImportView(**row, problems=[ProblemView.of(each) for each in wrong[place]])
        for row, place in zip(rows, places, strict=True)
    ]
