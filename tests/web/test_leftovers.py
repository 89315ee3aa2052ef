"""Nothing of the console's pages is left over: each template, macro and class of style is used, and a code has one word."""

import inspect
import re
from collections import Counter
from pathlib import Path

from console.web import static, words
from console.web.audit import words as audit
from console.web.batch import words as batch
from console.web.configuration import words as configuration
from console.web.direct import words as direct
from console.web.rendering import FOLDER
from console.web.setup.steps import Slug

HOME = FOLDER.parent
TEMPLATES = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.html")}
MARKUP = "\n".join(TEMPLATES.values())
CODE = "\n".join(path.read_text() for path in HOME.rglob("*.py"))
SCRIPT = (static.FOLDER / "console.js").read_text()
TONES = {"good", "bad", "warning", "busy", "quiet", "done"}  # which macros put into a class


def imported(template: str) -> set[tuple[str, str]]:
    """What a template, or one that it extends, imports, and by which name."""
    markup = TEMPLATES[template]
    own = set(re.findall(r'import "([^"]+)" as (\w+)', markup))
    return own.union(*(imported(parent) for parent in re.findall(r'extends "([^"]+)"', markup)))


def test_every_template_is_shown_or_included() -> None:
    of_steps = {f"setup/{slug}.html" for slug in Slug}
    unused = {name for name in TEMPLATES if f'"{name}"' not in CODE + MARKUP} - of_steps
    assert unused == set()


def test_every_macro_is_called() -> None:
    made = re.findall(r"macro (\w+)\(", MARKUP)
    called = Counter(re.findall(r"\b(\w+)\(", MARKUP)) - Counter(made)
    assert len(made) > 30
    assert [name for name in made if not called[name]] == []


def test_what_is_called_of_an_imported_template_is_one_of_its_macros() -> None:
    wrong = [
        (template, name, macro)
        for template, markup in TEMPLATES.items()
        for file, name in imported(template)
        for macro in re.findall(rf"\b{name}\.(\w+)\(", markup)
        if f"macro {macro}(" not in TEMPLATES[file]
    ]
    assert wrong == []


def test_every_class_of_the_style_is_in_use() -> None:
    style = re.sub(r"/\*.*?\*/|\d*\.\d+", "", (static.FOLDER / "console.css").read_text(), flags=re.DOTALL)
    used = " ".join(re.findall(r'class="((?:\{[{%].*?[%}]\}|[^"])*)"', MARKUP)) + SCRIPT
    styled = set(re.findall(r"\.([a-z][\w-]*)", style)) - TONES
    assert len(styled) > 50
    assert {name for name in styled if not re.search(rf"(?<![\w-]){name}(?![\w-])", used)} == set()


def test_no_selector_is_styled_twice() -> None:
    style = (static.FOLDER / "console.css").read_text()
    selectors = Counter(re.findall(r"^([^@{}\n]+?) \{", style, flags=re.MULTILINE))
    assert [selector for selector, count in selectors.items() if count > 1] == []


def test_no_code_has_two_words() -> None:
    own = re.findall(r'^    "([\w-]+)": N_', Path(inspect.getfile(words)).read_text(), flags=re.MULTILINE)
    parts = (audit.WORDS, batch.WORDS, configuration.WORDS, direct.WORDS)
    counted = Counter([*own, *(code for part in parts for code in part)])
    assert [code for code, count in counted.items() if count > 1] == []
