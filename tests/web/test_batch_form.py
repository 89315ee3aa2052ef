"""What the settings form of CPR Batch asks the service for, and how the files on the server are shown."""

import types

import pytest
from bs4 import BeautifulSoup
from console.web.batch import fields
from console.web.forms import Form
from console.web.languages import Language
from console.web.rendering import Theme, environment


def test_a_migrated_file_stands_in_brackets_and_cannot_be_fetched() -> None:
    files = [
        {"name": "D110901.L431101", "size_bytes": None, "is_migrated": True},
        {"name": "D110902.L431101", "size_bytes": 5, "is_migrated": False},
    ]
    visit = types.SimpleNamespace(
        csrf="", path="/ui/batch/server", request=types.SimpleNamespace(url=types.SimpleNamespace(path="/ui/batch/server")),
        session=types.SimpleNamespace(display_name="A"), may=lambda *_: True, has=lambda *_: True,
    )  # fmt: skip
    template = environment(Language.ENGLISH).get_template("batch/server.html")
    page = BeautifulSoup(
        template.render(
            visit=visit, theme=Theme.LIGHT, may=visit.may, notice=None, failure=None, remote=files
        ),
        "html.parser",
    )
    assert [each.get_text() for each in page.select("tbody th")] == ["[D110901.L431101]", "D110902.L431101"]
    assert [each["value"] for each in page.select("input[name=name]")] == ["D110902.L431101"]


def _setting(name: str, kind: str, value: object, **more: object) -> dict[str, object]:
    return {
        "name": name, "form": {"type": kind}, "value": value, "default": None, "is_changeable": True,
        "is_secret": False, "is_nullable": False, "origin": "default", **more,
    }  # fmt: skip


SETTINGS = [
    _setting("ftp.mvs", "boolean", value=True),
    _setting("ftp.port", "integer", 990, is_nullable=True),
    _setting("ftp.directory", "string", "in", default=""),
    _setting("ftp.password", "string", None, is_secret=True),
    _setting("ftp.host", "string", "a.dk", is_changeable=False),
    _setting("pattern", "string", "d*"),
    _setting("brake.share", "number", 0.2),
    _setting("daily_at", "string", "05:30:00", form={"type": "string", "format": "time"}, is_nullable=True),
]


@pytest.mark.parametrize(
    ("sent", "values", "unset"),
    [
        ("", {}, []),
        (
            "ftp.port=990&pattern=d*&daily_at=05:30&brake.share=0,2&ftp.password=&shown=ftp.mvs&ftp.mvs=yes",
            {},
            [],
        ),
        ("ftp.port=&daily_at=", {"ftp.port": None, "daily_at": None}, []),
        ("shown=ftp.mvs", {"ftp.mvs": False}, []),
        ("ftp.directory=", {"ftp.directory": ""}, []),
        ("pattern=", {}, ["pattern"]),
        ("ftp.password=+p+", {"ftp.password": " p "}, []),
        ("ftp.port=2x&brake.share=nan", {"ftp.port": "2x", "brake.share": "nan"}, []),
        ("ftp.host=b.dk", {}, []),
        ("forget=ftp.port&ftp.port=21", {}, ["ftp.port"]),
    ],
)
def test_a_form_changes_what_differs_and_nothing_else(
    sent: str, values: dict[str, object], unset: list[str]
) -> None:
    change = fields.change_of(Form.read(sent.encode()), SETTINGS)
    assert (change.values, change.unset) == (values, unset)
