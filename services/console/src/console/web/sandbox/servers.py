"""The registers' stand-ins, and what each is most often asked to do wrong."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from console.web.languages import N_


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Something that can go wrong: what it is called, and the fields that let it."""

    text: str
    fields: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A stand-in, and what it is most often asked to do wrong."""

    text: str
    faults: Mapping[str, Fault]


SERVERS: Mapping[str, Server] = {
    "files": Server(
        N_("File server"),
        {
            "login": Fault(N_("Log-in is refused"), {"refuse": ["login"]}),
            "listing": Fault(N_("Listings are refused"), {"refuse": ["listing"]}),
            "rename": Fault(N_("Renaming is refused"), {"refuse": ["rename"]}),
            "full": Fault(N_("The disk is full"), {"refuse": ["disk-full"]}),
            "break": Fault(
                N_("Transfers break after 10,000 bytes"), {"transfer": "abort", "after_bytes": 10_000}
            ),
            "vanish": Fault(
                N_("The connection is gone in the middle of a file"),
                {"transfer": "vanish", "after_bytes": 10_000},
            ),
            "slow": Fault(N_("Files come at 20,000 bytes a second"), {"bytes_per_second": 20_000}),
        },
    ),
    "direct": Server(
        N_("CPR Direkte"),
        {
            "refuse": Fault(N_("Connections are closed at once"), {"refuse": True}),
            "certificate": Fault(N_("The certificate has expired"), {"certificate": "expired"}),
            "rights": Fault(N_("No right to look persons up (error 14)"), {"error": 14, "at": "request"}),
            "down": Fault(N_("CPR is down (error 99)"), {"error": 99}),
            "late": Fault(N_("Answers come ten seconds late"), {"first_byte_seconds": 10}),
            "close": Fault(
                N_("The connection is gone in the middle of an answer"), {"close_after": 300, "at": "request"}
            ),
            "garbage": Fault(N_("Records cannot be read"), {"garbage": "record", "at": "request"}),
        },
    ),
    "logic": Server(
        N_("KMD Logic"),
        {
            "down": Fault(N_("Every call is answered with 503"), {"status": 503, "retry_after": 5}),
            "token": Fault(N_("No tokens are given"), {"at": "token", "token_error": "invalid_client"}),
            "events": Fault(N_("Events cannot be read"), {"at": "events", "status": 500}),
            "twice": Fault(
                N_("Every event comes twice, in another order"), {"duplicates": True, "shuffled": True}
            ),
            "late": Fault(N_("Events come an hour late"), {"late_seconds": 3600}),
            "html": Fault(N_("A page of HTML in place of answers"), {"html": True}),
        },
    ),
    "datafordeler": Server(
        N_("Datafordeleren"),
        {
            "down": Fault(N_("Every call is answered with 503"), {"status": 503, "retry_after": 5}),
            "certificate": Fault(N_("The certificate has expired"), {"certificate": "expired"}),
            "often": Fault(N_("More than one call a second is refused"), {"per_second": 1, "retry_after": 2}),
            "rights": Fault(N_("No right to names of companies"), {"deny": ["CVR_Navn"]}),
            "late": Fault(N_("Answers come ten seconds late"), {"first_byte_seconds": 10}),
            "html": Fault(N_("A page of HTML in place of answers"), {"html": True}),
        },
    ),
}
