"""Templates, and how values are written in them: dates, times and numbers as the person's language has them."""

import datetime as dt
import enum
import functools
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2
from babel import Locale, dates, numbers, units
from jinja2 import StrictUndefined

from console.web import menu, static
from console.web.advice import advice_for, advice_on
from console.web.danish import DENMARK
from console.web.gateway import CallFailed
from console.web.languages import Language, translations
from console.web.mistakes import mistake_of
from console.web.words import word

FOLDER = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action {forms};"
    " base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
TOLD = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::\d\d)?)?")  # a day, or a time on Danish clocks
THEME_COOKIE = "registerbro-theme"


class Theme(enum.StrEnum):
    """How pages look."""

    AUTOMATIC = "automatic"  # as the browser is set
    LIGHT = "light"
    DARK = "dark"

    @classmethod
    def chosen(cls, cookies: Mapping[str, str]) -> "Theme":
        """The person's choice."""
        kept = cookies.get(THEME_COOKIE)
        return cls(kept) if kept in set(cls) else cls.AUTOMATIC


def page_headers(*, forms: str = "'self'") -> dict[str, str]:
    """What every page says to the browser; ``forms``: where its forms may lead, redirects included."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": POLICY.format(forms=forms),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@functools.cache
def environment(language: Language) -> jinja2.Environment:
    """The templates in a language. Everything is escaped; a name that is not there is a mistake."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    locale = language.locale
    made.filters |= {
        "moment": functools.partial(moment, locale=locale),
        "day": functools.partial(day, locale=locale),
        "told": functools.partial(told, locale=locale),
        "age": functools.partial(age, locale=locale),
        "number": functools.partial(number, locale=locale),
        "share": functools.partial(share, locale=locale),
        "size": functools.partial(size, locale=locale),
        "word": lambda code: translations(language).gettext(word(str(code))),
    }
    made.tests["failure"] = lambda value: isinstance(value, CallFailed)
    made.globals |= {
        "language": language,
        "languages": list(Language),
        "themes": list(Theme),
        "sections": menu.SECTIONS,
        "asset": static.url,
        "advice_for": advice_for,
        "advice_on": advice_on,
        "mistake_of": mistake_of,
    }
    return made


def moment(value: str | dt.datetime | None, *, locale: Locale) -> str:
    """A time as Danish clocks show it; a dash for none."""
    if value is None or value == "":
        return "–"
    time = _time(value).astimezone(DENMARK)
    return f"{dates.format_date(time, locale=locale)} {time:%H:%M:%S}"


def day(value: str | dt.date | None, *, locale: Locale) -> str:
    """A date; a dash for none. What is no date, as one that a register knows in part, is shown as it is."""
    if value is None or value == "":
        return "–"
    try:
        found = value if isinstance(value, dt.date) else dt.date.fromisoformat(value[:10])
    except ValueError:
        return str(value)
    return dates.format_date(found, locale=locale)


def told(value: str | None, *, locale: Locale) -> str:
    """A value that a register told: days and times as people write them, anything else as it is; a dash for none."""
    found = TOLD.fullmatch(value or "")
    return " ".join(filter(None, (day(found[1], locale=locale), found[2]))) if found else value or "–"


def age(value: str | dt.datetime | None, *, locale: Locale) -> str:
    """How long ago, or until then: ``3 minutes ago``; a dash for none."""
    if value is None or value == "":
        return "–"
    distance = _time(value) - dt.datetime.now(dt.UTC)
    return dates.format_timedelta(distance, add_direction=True, locale=locale)


def number(value: float | None, *, locale: Locale) -> str:
    """A number with its thousands marked; a dash for none."""
    return "–" if value is None else numbers.format_decimal(value, locale=locale)


def share(value: float | None, *, locale: Locale) -> str:
    """A part of one as per cent; a dash for none."""
    return "–" if value is None else numbers.format_percent(value, "#,##0.#%", locale=locale)


def size(count: float | None, *, locale: Locale) -> str:
    """A number of bytes in the unit that fits."""
    if count is None:
        return "–"
    power = next((power for power in range(4) if count < 1000 ** (power + 1)), 4)
    unit = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")[power]
    return units.format_unit(round(count / 1000**power, 1), f"digital-{unit}", "short", locale=locale)


def _time(value: str | dt.datetime) -> dt.datetime:
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
