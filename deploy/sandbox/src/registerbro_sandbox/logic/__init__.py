"""KMD Logic's identity service and CVR service, over the sandbox's companies."""

from registerbro_sandbox.logic.faults import NOTHING, At, LogicWrong, Operation
from registerbro_sandbox.logic.server import LogicServer
from registerbro_sandbox.logic.terms import Terms

__all__ = ["NOTHING", "At", "LogicServer", "LogicWrong", "Operation", "Terms"]
