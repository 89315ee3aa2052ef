"""The older pull messages: everything that happened, page by page, in Datafordeleren's envelope."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from registerbro_sandbox.datafordeler.errors import NotReadable
from registerbro_sandbox.datafordeler.parameters import plain_moment, whole
from registerbro_sandbox.datafordeler.register import HANDLING, Register, Row
from registerbro_sandbox.datafordeler.schema import DANISH

SERVICE = "EventMessages"
_LONGEST_PAGE = 100_000
_TASK = "34.10.25.05"
_SYSTEM = "http://data.gov.dk/id/itsystem/basicdata#registerbro-sandbox"
_OPEN = "http://data.gov.dk/vocabulary/security/confidentiality#NonConfidential"
_NAMESPACE = uuid.UUID("5d0b9c1e-6f0a-4f2f-9d7c-3a1f5f6a8b10")
_KINDS = {"i": "Create", "u": "Update", "d": "Update"}


class Messages:
    """Answers questions from a register. Times without a zone are Danish; from the first on, before the second."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def answer(self, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """One page. Raises ``NotReadable``."""
        if parameters.get("format", "json").lower() != "json":
            raise NotReadable("parameter format is not json")
        begins, ends = plain_moment(parameters, "datefrom"), plain_moment(parameters, "dateto")
        page = whole(parameters, "page", 1, 10_000_000)
        size = whole(parameters, "pagesize", 1000, _LONGEST_PAGE)
        events = self._register.events_between(begins, ends, (page - 1) * size, size)
        return [_message(event) for event in events]


def _message(event: Row) -> dict[str, Any]:
    at = event["datafordelerOpdateringstid"]
    told = _local(at)
    registration = {
        "registreringsaktør": "",
        "registreringstid": told,
        "status": "aktiv",
        "objektansvarligAktør": "",
        "objektID": event["object_id"],
        "objekttype": event["entityname"],
        "objekthandling": event[HANDLING],
        "opgaveemne": _TASK,
    }
    return {
        "Id": event["eventid"],
        "Message": {
            "Grunddatabesked": {
                "Hændelsesbesked": {
                    "beskedversion": "1.0",
                    "beskedID": str(uuid.uuid5(_NAMESPACE, str(event["eventid"]))),
                    "Beskedkuvert": {
                        "Filtreringsdata": {
                            "beskedtype": f"{event['entityname']}{_KINDS[event['eventaction']]}",
                            "beskedansvarligAktør": "",
                            "Objektregistrering": [registration],
                        },
                        "Leveranceinformation": {
                            "dannelsestidspunkt": told,
                            "kildesystem": _SYSTEM,
                            "sikkerhedsklassificering": _OPEN,
                        },
                    },
                    "Beskeddata": [],
                }
            }
        },
        "Format": "Json",
        "Timestamp": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def _local(at: dt.datetime) -> str:
    """As messages have it: Danish time with seven decimals."""
    local = at.astimezone(DANISH)
    zone = local.strftime("%z")
    return f"{local:%Y-%m-%dT%H:%M:%S.%f}0{zone[:3]}:{zone[3:]}"
