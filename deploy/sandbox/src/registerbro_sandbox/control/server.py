"""The control API on a port of its own, beside the servers that it controls."""

from registerbro_sandbox.control.app import create_app
from registerbro_sandbox.control.place import ControlledPlace
from registerbro_sandbox.settings import ControlSettings
from registerbro_sandbox.web_server import WebServer


class ControlServer(WebServer):
    """Serves it, until it is stopped."""

    def __init__(self, settings: ControlSettings, place: ControlledPlace) -> None:
        super().__init__("control", create_app(settings, place), host=settings.host, port=settings.port)
