"""The texts of the console's pages, as code and templates have them, beside their translations.

``python -m tests.support.texts [PART]`` prints what Danish lacks, ready for a ``.po`` file; with a part only what stands in its
folder, as ``clients``.
"""

import functools
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from console import web
from console.web.languages import FOLDER, Language, catalog

HOME = Path(web.__file__).parent
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "say": None,
    "gettext": None,
    "ngettext": (1, 2),
}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}


@functools.cache
def written() -> Catalog:
    """Every text of code and templates, with the places where it stands."""
    found = Catalog()
    for name, line, text, _, _ in extract_from_dir(HOME, METHODS, OPTIONS, KEYWORDS):
        found.add(text, locations=[(name, line)])
    return found


def texts(of: Catalog) -> Iterator[Message]:
    """Without the catalogue's own heading."""
    return (message for message in of if message.id)


def missing(part: str = "") -> list[Message]:
    """Texts that Danish lacks."""
    danish = catalog(Language.DANISH)
    return [
        message
        for message in texts(written())
        if danish.get(message.id) is None and any(_is_in(part, name) for name, _ in message.locations)
    ]


def stale() -> list[str]:
    """Translations of texts that stand nowhere any more, and texts that two files translate, with their files."""
    found: list[str] = []
    seen: dict[object, str] = {}
    for path in sorted((FOLDER / Language.DANISH).glob("*.po")):
        with path.open("rb") as file:
            for message in texts(read_po(file)):
                key = message.id
                if written().get(key) is None:
                    found.append(f"{path.name}: {key!r} stands nowhere")
                if key in seen:
                    found.append(f"{path.name}: {key!r} is translated in {seen[key]}, too")
                seen[key] = path.name
    return found


def _is_in(part: str, name: str) -> bool:
    return not part or part in Path(name).parts or Path(name).stem == part


def main(part: str = "") -> None:
    """Prints what is missing."""
    lacking = Catalog()
    for message in missing(part):
        lacking.add(message.id, locations=message.locations)
    file = io.BytesIO()
    write_po(file, lacking, omit_header=True, width=120)
    print(file.getvalue().decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
