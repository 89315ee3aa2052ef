"""The control API: what the commands do, over HTTP, for whoever has a token with the scope ``sandbox:control``."""

from registerbro_sandbox.control.app import SCOPES, create_app
from registerbro_sandbox.control.place import ControlledPlace
from registerbro_sandbox.control.server import ControlServer

__all__ = ["SCOPES", "ControlServer", "ControlledPlace", "create_app"]
