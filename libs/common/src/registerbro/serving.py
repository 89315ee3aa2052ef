"""Runs a built service in a process of its own: HTTP server, metrics on the internal port, logs, traces, an orderly end."""

import asyncio
import signal
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from opentelemetry import trace

from registerbro import telemetry
from registerbro.service import Service
from registerbro.settings.sections import INTERNAL_PORT_OFFSET

ANY_PORT = 0
log = structlog.get_logger()


class Server(uvicorn.Server):
    """On SIGTERM it turns not ready first, keeps answering for the notice time, then drains and ends."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the orderly end, a second one cuts the notice short, a third one everything.

        Unlike uvicorn's own it does not raise the signal again afterwards, which would cut off what still has to be sent.
        """
        lifecycle = self._service.lifecycle
        notice = self._service.settings.http.notice_seconds
        if self.should_exit:
            self.force_exit = True
        elif notice == 0 or lifecycle.is_withdrawn or sig == signal.SIGINT:
            lifecycle.withdraw()  # so that answers which go on and on come to an end
            self.should_exit = True
        else:
            lifecycle.withdraw()
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(loop.call_later, notice, self._end)

    def _end(self) -> None:
        self.should_exit = True


def server(app: FastAPI, *, port: int) -> Server:
    """An HTTP server for a built service; ``port`` is the service's own, where the settings name none."""
    service: Service = app.state.service
    http = service.settings.http
    config = uvicorn.Config(
        app,
        host=http.host,
        port=port if http.port is None else http.port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(http.drain_seconds)),
    )
    return Server(config, service)


def run(app: FastAPI, *, port: int) -> None:
    """Serves until the process is told to end."""
    service: Service = app.state.service
    settings = service.settings
    telemetry.configure_logging(settings.log, service=service.name)
    provider = telemetry.tracer_provider(settings.tracing, service=service.name)
    trace.set_tracer_provider(provider)
    made = server(app, port=port)
    internal_port = settings.http.internal_port
    if internal_port is None:
        internal_port = made.config.port + INTERNAL_PORT_OFFSET if made.config.port else ANY_PORT
    try:
        with telemetry.metrics_server(settings.http.internal_host, internal_port) as bound:
            log.info("service starts", port=made.config.port, internal_port=bound)
            made.run()
    finally:
        provider.shutdown()
        log.info("service ends")
