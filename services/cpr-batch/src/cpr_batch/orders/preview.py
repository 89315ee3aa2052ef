"""What an upload would send now, masked: everything is tried in a transaction that is rolled back."""

import dataclasses

from registerbro.cpr.orders import read_lines, write_line

from cpr_batch.batch import Batch
from cpr_batch.orders import asking
from cpr_batch.orders.model import SQL, InputFile, settings_of
from cpr_batch.orders.writing import run_date, write


@dataclasses.dataclass(frozen=True, slots=True)
class PreviewedFile:
    """An input file as it would be uploaded; personal numbers in ``lines`` are masked."""

    name: str
    lines: list[str]


async def preview(batch: Batch) -> list[PreviewedFile]:
    """The files that an upload would send, those that an earlier one could not included."""
    settings = settings_of(batch)
    day = run_date(batch.now(), settings.deadline)
    async with batch.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            files = []
            for file in [InputFile.of(row) async for row in SQL.unfinished_files(connection)]:
                if file.run_date >= day:
                    files.append(file)
                else:
                    await SQL.missed(connection, input_file_id=file.input_file_id)
            if batch.orders_wishes:
                await asking.collect(connection, batch)
            written = await write(connection, batch, settings, day)
        finally:
            await transaction.rollback()
    return [_masked(file) for file in (*files, *filter(None, [written]))]


def _masked(file: InputFile) -> PreviewedFile:
    lines = [
        write_line(line).replace(line.number.value, str(line.number)).rstrip()
        for line in read_lines(file.content or b"")
    ]
    return PreviewedFile(file.name, lines)
