"""What the servers do wrong, over HTTP; a running one notices within a second. An empty body: nothing any more."""

import enum
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from registerbro.auth import Scope, Scopes
from registerbro.settings import Section

from registerbro_sandbox.control.bodies import described_as, to_the_letter
from registerbro_sandbox.control.place import ControlledPlace, CurrentPlace
from registerbro_sandbox.datafordeler.faults import DatafordelerWrong
from registerbro_sandbox.direct.faults import DirectWrong
from registerbro_sandbox.logic.faults import LogicWrong
from registerbro_sandbox.switchboard import Board, Wrong

SCOPES: Scopes = dict.fromkeys(
    (
        ("GET", "/faults"),
        ("PUT", "/faults/files"),
        ("PUT", "/faults/direct"),
        ("PUT", "/faults/logic"),
        ("PUT", "/faults/datafordeler"),
        ("DELETE", "/faults"),
    ),
    Scope.SANDBOX_CONTROL,
)
router = APIRouter(tags=["faults"])


class Server(enum.StrEnum):
    """Whose faults."""

    FILES = "files"
    DIRECT = "direct"
    LOGIC = "logic"
    DATAFORDELER = "datafordeler"


NOTHING: dict[Server, Section] = {
    Server.FILES: Wrong(),
    Server.DIRECT: DirectWrong(),
    Server.LOGIC: LogicWrong(),
    Server.DATAFORDELER: DatafordelerWrong(),
}


class Faults(BaseModel):
    """What each server does wrong, and which of them do anything wrong."""

    wrong: list[Server]
    files: Wrong
    direct: DirectWrong
    logic: LogicWrong
    datafordeler: DatafordelerWrong

    @classmethod
    def on(cls, board: Board) -> Self:
        """As the switchboard has it."""
        said = {server: getattr(board, field(server)) for server in Server}
        return cls(wrong=[server for server in Server if said[server] != NOTHING[server]], **said)


@router.get("/faults")
def show(place: CurrentPlace) -> Faults:
    """What is set."""
    return Faults.on(place.board)


@router.put("/faults/files", openapi_extra=described_as(Wrong))
def set_files(wrong: Annotated[Wrong, Depends(to_the_letter(Wrong))], place: CurrentPlace) -> Faults:
    """The file servers, FTP and SFTP alike, do this wrong in place of what they did before."""
    return _set(place, Server.FILES, wrong)


@router.put("/faults/direct", openapi_extra=described_as(DirectWrong))
def set_direct(
    wrong: Annotated[DirectWrong, Depends(to_the_letter(DirectWrong))], place: CurrentPlace
) -> Faults:
    """CPR Direkte does this wrong in place of what it did before."""
    return _set(place, Server.DIRECT, wrong)


@router.put("/faults/logic", openapi_extra=described_as(LogicWrong))
def set_logic(
    wrong: Annotated[LogicWrong, Depends(to_the_letter(LogicWrong))], place: CurrentPlace
) -> Faults:
    """KMD Logic does this wrong in place of what it did before."""
    return _set(place, Server.LOGIC, wrong)


@router.put("/faults/datafordeler", openapi_extra=described_as(DatafordelerWrong))
def set_datafordeler(
    wrong: Annotated[DatafordelerWrong, Depends(to_the_letter(DatafordelerWrong))], place: CurrentPlace
) -> Faults:
    """Datafordeleren does this wrong in place of what it did before."""
    return _set(place, Server.DATAFORDELER, wrong)


@router.delete("/faults")
def clear(place: CurrentPlace) -> Faults:
    """Everything works again with all servers."""
    return Faults.on([place.set_wrong(field(server), nothing) for server, nothing in NOTHING.items()][-1])


def field(server: Server) -> str:
    """A server's field on the switchboard."""
    return "faults" if server is Server.FILES else server.value


def _set(place: ControlledPlace, server: Server, wrong: Section) -> Faults:
    return Faults.on(place.set_wrong(field(server), wrong))
