"""The input files that wait: ``dYYMMDD.iNNNNNN``, the date on which CPR is to run them and the task number."""

import datetime as dt
import re
from collections.abc import Collection
from pathlib import Path

_NAME = re.compile(r"d(\d{6})\.i(\d{6})", re.IGNORECASE)


def unanswered(directory: Path, until: dt.date, answered: Collection[str]) -> list[Path]:
    """Input files due on a day or before it and not answered yet, in the order in which they are run."""
    if not directory.is_dir():
        return []
    due = [path for path in directory.iterdir() if (date := _date(path)) and date <= until]
    return sorted((path for path in due if path.name.lower() not in answered), key=_turn)


def _date(path: Path) -> dt.date | None:
    found = _NAME.fullmatch(path.name)
    if not found:
        return None
    try:
        return dt.datetime.strptime(found[1], "%y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None


def _turn(path: Path) -> tuple[dt.date, str]:
    return _date(path) or dt.date.max, path.name.lower()
