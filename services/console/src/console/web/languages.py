"""The two languages of the pages, and their texts: English stands in code and templates, Danish in ``locale/da/*.po``."""

import enum
import functools
import gettext
import io
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
COOKIE = "registerbro-language"


class Language(enum.StrEnum):
    """A language of the pages."""

    ENGLISH = "en"
    DANISH = "da"

    @property
    def own_name(self) -> str:
        """As its speakers call it."""
        return {Language.ENGLISH: "English", Language.DANISH: "Dansk"}[self]

    @property
    def locale(self) -> Locale:
        """How dates and numbers are written."""
        return Locale.parse({Language.ENGLISH: "en_GB", Language.DANISH: "da_DK"}[self])


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text that is translated when it is shown."""
    return text


def chosen(cookie: str | None, accepted: str | None) -> Language:
    """The person's choice; else what the browser prefers (RFC 9110, 12.5.4); else English."""
    if cookie in set(Language):
        return Language(cookie)
    preferred = [part.split(";")[0].strip().split("-")[0] for part in (accepted or "").split(",")]
    found = negotiate_locale(preferred, [str(each) for each in Language])
    return Language(found) if found else Language.ENGLISH


@functools.cache
def translations(language: Language) -> gettext.NullTranslations:
    """The texts of a language, from all its files."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    file = io.BytesIO()
    write_mo(file, catalog(language))
    file.seek(0)
    return gettext.GNUTranslations(file)


def catalog(language: Language) -> Catalog:
    """All files of a language as one."""
    whole = Catalog(locale=str(language))
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            part = read_po(file, locale=str(language), abort_invalid=True)
        for message in part:
            if message.id and message.string:
                whole.add(message.id, message.string)
    return whole
