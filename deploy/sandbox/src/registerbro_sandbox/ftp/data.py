"""A data connection that may be slow, or break on the way."""

import structlog
from pyftpdlib.handlers import TLS_DTPHandler

from registerbro_sandbox.ftp.faults import Break, Faults, Pace

log = structlog.get_logger(__name__)


class Data(TLS_DTPHandler):  # type: ignore[misc]
    """A data connection; listings are always whole."""

    _pace: Pace | None = None
    _is_paused = False

    def modify_ioloop_events(self, events: int, logdebug: bool = False) -> None:
        """Says what to wait for; while paused for nothing, though the library would take the channel up again."""
        if not self._is_paused:
            super().modify_ioloop_events(events, logdebug)

    def send(self, data: bytes) -> int:
        """Send as much as the switchboard lets through."""
        if self._is_paused or self._ssl_accepting:  # OpenSSL would shake hands and send in one go
            return 0
        if self.file_obj is None:
            return int(super().send(data))
        faults: Faults = self.cmd_channel.faults
        if self._pace is None:
            self._pace = faults.pace()
            if self._pace.first_byte_seconds:
                self._pause(self._pace.first_byte_seconds)
                return 0
        room = self._room(faults)
        if room == 0:
            self._break(faults.transfer or Break.ABORT)
            return 0
        return self._send_evenly(data[:room])

    def _room(self, faults: Faults) -> int | None:
        """How many bytes may come before the transfer breaks; None for all."""
        if faults.transfer is None:
            return None
        left = max(faults.after_bytes - int(self.tot_bytes_sent), 0)
        if left == 0 and not faults.use():
            faults.none()
            return None
        return left

    def _send_evenly(self, data: bytes) -> int:
        pace = self._pace or Pace()
        sent = int(super().send(data[: pace.piece]))
        if rest := pace.rest(sent):
            self._pause(rest)
        return sent

    def _pause(self, seconds: float) -> None:
        self._halt()
        self.call_later(seconds, self._go_on)

    def _halt(self) -> None:
        self._is_paused = True
        self.del_channel()

    def _go_on(self) -> None:
        self._is_paused = False
        self.add_channel(events=self.ioloop.WRITE)

    def _break(self, how: Break) -> None:
        log.warning("transfer broken on purpose", how=how.value, sent_bytes=self.tot_bytes_sent)
        self._error = True  # so that TLS is not shut down politely, neither now nor when the session ends
        if how is Break.STALL:
            self._halt()
            return
        if how is Break.VANISH:
            self.cmd_channel.vanish()
        else:
            self._resp = ("426 Connection closed; transfer aborted.", self.log)
            self.close()
