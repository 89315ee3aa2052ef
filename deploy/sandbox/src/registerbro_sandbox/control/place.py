"""The directory of a world as the API's routes work on it."""

import dataclasses
import functools
from pathlib import Path
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from registerbro.settings import Section

from registerbro_sandbox.companies import World as Companies
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.settings import INPUT_DIRECTORY
from registerbro_sandbox.switchboard import Board, changing


@dataclasses.dataclass(frozen=True)
class ControlledPlace:
    """A world's directory, and the name of the one in it into which customers upload."""

    directory: Path
    input_directory: str = INPUT_DIRECTORY

    @property
    def inbox(self) -> Path:
        """Where customers upload."""
        return self.directory / self.input_directory

    @property
    def chronicle(self) -> Chronicle:
        """The persons as they are now. Raises ``NoWorld``."""
        return Chronicle.read(self.directory)

    @functools.cached_property
    def companies(self) -> Companies:
        """The register of companies, which any number of calls may read and change at once. Raises ``NoCompanies``."""
        return Companies.read(self.directory)

    @property
    def board(self) -> Board:
        """What the servers do wrong."""
        return Board.read(self.directory) or Board()

    def set_wrong(self, name: str, wrong: Section) -> Board:
        """Let a server do something wrong in place of what it did before; ``name``: its field on the board."""
        with changing(self.directory):
            board = self.board.with_wrong(name, wrong)
            board.write(self.directory)
        return board

    def files(self) -> list[Path]:
        """The files that clients see, in the order of their names."""
        return sorted(
            each for each in self.directory.iterdir() if each.is_file() and not each.name.startswith(".")
        )


async def _current(request: Request) -> ControlledPlace:
    place: ControlledPlace = request.app.state.place
    return place


CurrentPlace: TypeAlias = Annotated[ControlledPlace, Depends(_current)]
"""For a route's parameter."""
