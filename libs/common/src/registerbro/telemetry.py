"""Logs, traces and metrics, all masked before they leave the process.

Logs are JSON lines on standard error (text on a terminal): the message is a constant, facts are fields. What libraries log
goes the same way. Traces go to an OpenTelemetry collector where one is configured; ``extract`` takes up
the one that an event brings along. Metrics are Prometheus's own; ``metrics_server`` shows them on the internal port.
"""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Status
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from registerbro.privacy import mask, mask_event, mask_value
from registerbro.settings import LogSettings, TracingSettings

QUIET = ("uvicorn.access", "aio_pika", "aiormq", "httpx", "httpcore", "httpx2", "httpcore2")
HANDLER = "registerbro"
QUERY = "url.query"  # as OpenTelemetry's conventions name it


def configure_logging(settings: LogSettings, *, service: str) -> None:
    """Sends all logs of the process to standard error, masked. May be called again; handlers of others stay."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.setLogRecordFactory(_MaskedRecord)
    handler = _StandardError()
    handler.name = HANDLER
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], _exception_text, mask_event],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(service),
                _renderer(settings),
            ],
            keep_exc_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [present for present in root.handlers if present.name != HANDLER] + [handler]
    root.setLevel(settings.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


class _StandardError(logging.Handler):
    """Writes to what standard error is at the moment: a progress bar or a test may have put something in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


class _MaskedRecord(logging.LogRecord):
    """A log record of any library, masked before a handler sees it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.msg, str):
            self.msg, self.args = mask(self.getMessage()), ()
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = mask("".join(traceback.format_exception(*self.exc_info)).rstrip())
            self.exc_info = None


def _exception_text(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.exc_text:
        event["exception"] = record.exc_text
    return event


def _named(service: str) -> structlog.typing.Processor:
    def add(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        context = trace.get_current_span().get_span_context()
        ids = {"trace_id": f"{context.trace_id:032x}"} if context.is_valid else {}
        return {"service": service, **event, **ids}

    return add


def _renderer(settings: LogSettings) -> structlog.typing.Processor:
    if settings.form == "text" or (settings.form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


class MaskingExporter(SpanExporter):
    """Hands spans on with names, attributes, events and states masked."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports masked copies."""
        return self._exporter.export([_masked(span) for span in spans])

    def shutdown(self) -> None:
        """Ends the exporter behind."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter behind."""
        return self._exporter.force_flush(timeout_millis)


def _masked(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=mask(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=mask_value(_shown(span.attributes or {})),
        events=[
            Event(mask(event.name), mask_value(event.attributes or {}), event.timestamp)
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, mask(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _shown(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Without the queries of URLs: a filter may name a person, and no pattern knows names."""
    return {name: value for name, value in attributes.items() if name != QUERY}


def tracer_provider(settings: TracingSettings, *, service: str) -> TracerProvider:
    """A provider of tracers that sends to the configured collector, or nowhere."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.namespace": "registerbro"}),
        sampler=ParentBased(TraceIdRatioBased(settings.sample_ratio)),
    )
    if settings.otlp_url is not None:
        exporter = MaskingExporter(OTLPSpanExporter(endpoint=settings.otlp_url))
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def extract(traceparent: str | None) -> Context:
    """The context of a trace that arrived with an event, to start a span in."""
    return propagate.extract({"traceparent": traceparent} if traceparent else {})


@contextlib.contextmanager
def metrics_server(host: str, port: int, *, registry: CollectorRegistry = REGISTRY) -> Iterator[int]:
    """Shows the metrics on a port (0: any free one) while the block lasts; yields the port."""
    server, thread = start_http_server(port, host, registry=registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
