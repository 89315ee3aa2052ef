"""What Datafordeleren does wrong, on request: refusals, throttling, answers that come late, in part, or otherwise than they should."""

import collections
import time

from pydantic import Field, field_validator
from registerbro.settings import Names, Section

from registerbro_sandbox.direct.faults import BadCertificate
from registerbro_sandbox.switch import Switch

GROUPS = ("rest", "events", "graphql", "token")
"""Operations by the kind of their service; beside them each has its own name, as ``CVR_Navn``."""


class DatafordelerWrong(Section):
    """What goes wrong with Datafordeleren; nothing by default. Bytes are counted from the body's first one."""

    at: Names = Field(
        default=(),
        description=f"where: {', '.join(GROUPS)}, or names of operations, as CVR_Navn or hentVirksomhedMedCVRNummer; none: everywhere",
    )
    status: int | None = Field(
        default=None, ge=400, le=599, description="HTTP status in place of the answer, as 401, 429, 500, 503"
    )
    retry_after: int | None = Field(
        default=None, ge=0, le=86_400, description="seconds in Retry-After, with status or throttling"
    )
    code: str | None = Field(
        default=None,
        pattern=r"^[A-Z0-9-]{3,40}$",
        description="GraphQL: an error with this code in the body, as DAF-AUTH-0001; status 200",
    )
    html: bool = Field(default=False, description="an HTML page in place of the body")
    first_byte_seconds: float = Field(
        default=0.0, ge=0, le=3600, description="how late an answer's first byte comes"
    )
    stall_after: int | None = Field(
        default=None, ge=0, description="bytes after which nothing comes and nothing is closed"
    )
    close_after: int | None = Field(
        default=None, ge=0, description="bytes after which the connection is closed"
    )
    missing: Names = Field(default=(), description="fields that are missing, wherever they would stand")
    retyped: Names = Field(default=(), description="fields whose value is a list, whatever it should be")
    deny: Names = Field(
        default=(),
        description="services (HentCVRData, SoegCVRData, EventMessages) and GraphQL entities that the user has no right to",
    )
    per_second: int | None = Field(
        default=None, ge=1, le=100_000, description="calls per second; more are answered with 429"
    )
    certificate: BadCertificate | None = Field(
        default=None, description="a certificate that is expired, of an other-host, or untrusted"
    )
    times: int | None = Field(default=None, ge=1, description="how often anything goes wrong; none: always")

    @field_validator("at", "missing", "retyped", "deny")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name.strip() for name in names):
            raise ValueError("a name is empty")
        return names

    def concerns(self, group: str, operation: str) -> bool:
        """Whether an operation is one of those in which something goes wrong."""
        names = {name.lower() for name in self.at}
        return not names or group in names or operation.lower() in names

    def denies(self, name: str) -> bool:
        """Whether the user has no right to a service or an entity."""
        return name.lower() in {each.lower() for each in self.deny}

    @property
    def spoils(self) -> bool:
        """Whether answers come otherwise than they should; rights, throttling and certificates are no answers."""
        is_cut = self.stall_after is not None or self.close_after is not None
        is_other = self.status is not None or self.code is not None or self.html
        return is_cut or is_other or bool(self.first_byte_seconds or self.missing or self.retyped)


NOTHING = DatafordelerWrong()


class DatafordelerFaults(Switch[DatafordelerWrong]):
    """The switch of a running server."""

    def __init__(self) -> None:
        super().__init__(NOTHING)
        self._begun: collections.deque[float] = collections.deque()

    def spoiling(self, group: str, operation: str) -> DatafordelerWrong:
        """What goes wrong with the answer to this call; counts it."""
        wrong = self.wrong
        goes_wrong = wrong.spoils and wrong.concerns(group, operation) and self.use(wrong)
        return wrong if goes_wrong else NOTHING

    def is_too_much(self, group: str, operation: str) -> bool:
        """Whether this call is one more than is allowed in a second."""
        most, now = self.wrong.per_second, time.monotonic()
        if most is None or not self.wrong.concerns(group, operation):
            return False
        with self._lock:
            while self._begun and now - self._begun[0] >= 1.0:
                self._begun.popleft()
            if len(self._begun) >= most:
                return True
            self._begun.append(now)
        return False
