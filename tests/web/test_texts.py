"""Every text of the pages is there in Danish, once, and says the same values."""

import re

import pytest
from console.web.languages import Language, catalog

from tests.support import texts

VALUES = re.compile(r"%\((\w+)\)")


def test_nothing_is_left_in_english() -> None:
    assert [(message.id, message.locations) for message in texts.missing()] == []


def test_no_translation_is_left_over_or_there_twice() -> None:
    assert texts.stale() == []


@pytest.mark.parametrize("language", [Language.DANISH])
def test_translations_take_the_values_that_the_text_takes(language: Language) -> None:
    translated = list(texts.texts(catalog(language)))
    assert len(translated) > 50
    assert [each.id for each in translated if _values(each.id) != _values(each.string)] == []


def _values(of: object) -> set[str]:
    forms = [of] if isinstance(of, str) else list(of) if isinstance(of, list | tuple) else []
    return {name for text in forms for name in VALUES.findall(str(text))}
