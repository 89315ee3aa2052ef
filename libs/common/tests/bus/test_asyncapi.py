"""The published description of the events is the one the code makes, and describes what is really sent."""

from pathlib import Path

import jsonschema
import orjson
import pytest
import yaml
from registerbro.bus import asyncapi
from registerbro.events import EVENT_TYPES, ContactUpdated, Event, EventData

ROOT = Path(__file__).parents[4]
PUBLISHED = ROOT / "docs" / "asyncapi.yaml"


def test_the_published_description_is_not_stale() -> None:
    assert PUBLISHED.read_text() == asyncapi.render(), (
        "run: python -m registerbro.bus.asyncapi > docs/asyncapi.yaml"
    )


@pytest.mark.parametrize("data_type", EVENT_TYPES)
def test_every_reference_leads_somewhere(data_type: type[EventData]) -> None:
    document = yaml.safe_load(asyncapi.render())
    channel = document["channels"][data_type.NAME]
    references = [
        channel["messages"][data_type.__name__]["$ref"],
        document["components"]["messages"][data_type.__name__]["payload"]["properties"]["data"]["$ref"],
    ]
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    operations = [each["channel"]["$ref"] for each in document["operations"].values()]
    assert operations.count(f"#/channels/{data_type.NAME}") == 1


def test_what_is_made_somewhere_is_not_called_planned_and_the_rest_is() -> None:
    sources = [path for path in ROOT.glob("*/*/src/**/*.py") if path.name != "events.py"]
    code = "\n".join(path.read_text() for path in sources)
    unmade = {each.NAME for each in EVENT_TYPES if f"{each.__name__}(" not in code}
    assert unmade == asyncapi.PLANNED
    tagged = [
        message for message in asyncapi.document()["components"]["messages"].values() if "tags" in message
    ]
    assert len(tagged) == len(asyncapi.PLANNED)


@pytest.mark.parametrize(("version", "is_valid"), [(2, True), (0, False)])
def test_an_event_that_is_sent_fits_its_description(version: int, *, is_valid: bool) -> None:
    document = asyncapi.document()
    schema = document["components"]["messages"]["ContactUpdated"]["payload"] | {
        "components": document["components"]
    }
    event = orjson.loads(Event(ContactUpdated(1, version, ("name1",))).to_cloudevent_json())
    assert jsonschema.Draft7Validator(schema).is_valid(event) == is_valid
