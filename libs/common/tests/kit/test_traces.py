"""Traces: exported masked, and carried on by an event."""

import contextlib
from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from registerbro.settings import TracingSettings
from registerbro.telemetry import MaskingExporter, extract, tracer_provider

from tests.support.privacy_guard import Place, PrivacyGuard

NUMBER = "250461" + "1234"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exported: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(MaskingExporter(exported)))
    return provider


def test_spans_leave_masked(provider: TracerProvider, exported: InMemorySpanExporter) -> None:
    tracer = provider.get_tracer("test")
    with contextlib.suppress(ValueError), tracer.start_as_current_span(f"lookup {NUMBER}") as span:
        span.set_attribute("url.path", f"/persons/{NUMBER}")
        span.set_attribute("url.query", "$filter=Name1 eq 'Anna'")
        span.set_attribute("numbers", [NUMBER])
        span.add_event("found", {"person": NUMBER})
        raise ValueError(NUMBER)
    (left,) = exported.get_finished_spans()
    assert left.name == "lookup 250461-xxxx"
    assert dict(left.attributes or {}) == {"url.path": "/persons/250461-xxxx", "numbers": ["250461-xxxx"]}
    assert left.context == span.get_span_context()
    assert left.status.description == "ValueError: 250461-xxxx"
    assert [event.name for event in left.events] == ["found", "exception"]
    assert NUMBER not in left.to_json()


async def test_a_number_wrongly_put_into_a_url_is_masked_in_the_trace(
    provider: TracerProvider, exported: InMemorySpanExporter, privacy_guard: PrivacyGuard
) -> None:
    app = FastAPI(telemetry={"tracer_provider": provider})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        with privacy_guard.expecting(Place.URL):
            await client.get(f"/persons/{NUMBER}?number={NUMBER}")
    spans: Sequence[ReadableSpan] = exported.get_finished_spans()
    assert spans
    assert NUMBER not in "".join(span.to_json() for span in spans)


def test_an_event_carries_the_trace_on(provider: TracerProvider, exported: InMemorySpanExporter) -> None:
    tracer = provider.get_tracer("test")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with tracer.start_as_current_span("handle", context=extract(parent)):
        pass
    (span,) = exported.get_finished_spans()
    assert span.context is not None
    assert trace.format_trace_id(span.context.trace_id) == "0af7651916cd43dd8448eb211c80319c"
    assert trace.get_current_span(extract(None)) is trace.INVALID_SPAN


class Refusing(SpanExporter):
    """Counts what the masking exporter passes through."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.calls.append("export")
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self.calls.append("shutdown")


def test_the_exporter_behind_decides() -> None:
    behind = Refusing()
    exporter = MaskingExporter(behind)
    assert exporter.export([]) is SpanExportResult.FAILURE
    exporter.shutdown()
    assert behind.calls == ["export", "shutdown"]


def test_a_provider_by_the_settings() -> None:
    provider = tracer_provider(TracingSettings(sample_ratio=0), service="demo")
    assert provider.resource.attributes["service.name"] == "demo"
    with provider.get_tracer("test").start_as_current_span("dropped") as span:
        assert not span.is_recording()
    provider.shutdown()
