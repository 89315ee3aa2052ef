"""The external sources, CPR and CVR-J: what their parameters say, where they are kept, how they are changed.

A source is kept as the vendor's parameter string, so that it can be taken over and shown as it was; what we know of it is
checked when it is read. Keys that we do not use (``IP``, ``DefFiles``, ``Assembly``, ``Class``, and any other) are kept and shown.
"""

import dataclasses
import re
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, overload

import aiosql
from pydantic import SecretStr

from registerbro.bus import outbox
from registerbro.contacts.model import SOURCE_CPR, SOURCE_CVR, NameType
from registerbro.cvr.levels import ALL as ALL_LEVELS
from registerbro.database import Connection, Pool
from registerbro.events import ConfigurationChanged, Event
from registerbro.parameters import ParametersMalformed, ParameterString
from registerbro.problems import InvalidRequest

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
T = TypeVar("T")
CVR_PASSWORD = "CVR-J password"  # noqa: S105 (the name under which it is stored)
NO_PARAMETERS = ParameterString()
_NAME_TYPE = re.compile(r"[A-Z][A-Z0-9]{0,9}")
_RECORD_TYPE = re.compile(r"\d{3}")


class ParametersRefused(InvalidRequest):
    """Parameters that cannot be used; ``reasons`` has a line for each."""

    slug, title = "parameters-refused", "The parameters cannot be used"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons), reasons=reasons)
        self.reasons = tuple(reasons)


@dataclasses.dataclass(frozen=True, slots=True)
class CprSource:
    """How persons from CPR are treated."""

    force_update: bool = True  # J: the register overrides an address changed by hand
    subscription: bool = False  # 1: an import subscribes the person
    guardian_name_type: str = NameType.PERSON_WITHOUT_NUMBER  # of guardians without a number
    record_types: frozenset[str] | None = None  # that the agreement with CPR delivers; None: all
    parameters: ParameterString = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str, record_types: frozenset[str] | None = None) -> "CprSource":
        """The source from the vendor's string; ``ParametersRefused`` names every wrong value's key and reason."""
        reader = _Reader(text)
        source = cls(
            force_update=reader.choice("ForceUpdate", {"J": True, "N": False}, default=True),
            subscription=reader.choice("Subscription", {"0": False, "1": True}, default=False),
            guardian_name_type=reader.name_type("guardianNameType", NameType.PERSON_WITHOUT_NUMBER),
            record_types=reader.record_types(record_types),
            parameters=reader.parameters,
        )
        reader.finish()
        return source

    def __str__(self) -> str:
        return str(self.parameters)


@dataclasses.dataclass(frozen=True, slots=True)
class CvrSource:
    """How companies and production units from CVR are treated."""

    level: int = (
        ALL_LEVELS  # access level of the agreement; none given, or the placeholder 0: everything is kept
    )
    user_id: str = ""
    password: SecretStr | None = None
    certificate: str = ""  # subject in a certificate store
    certificate_file: str = ""
    company_name_type: str = NameType.COMPANY
    unit_name_type: str = NameType.PRODUCTION_UNIT
    force_update: bool = True  # J: the register overrides any field changed by hand
    parameters: ParameterString = NO_PARAMETERS  # without the password

    @classmethod
    def parse(cls, text: str) -> "CvrSource":
        """The source from the vendor's string; ``ParametersRefused`` names every wrong value's key and reason."""
        reader = _Reader(text)
        password = reader.parameters.get("Password")
        source = cls(
            level=reader.choice("Level", {"0": ALL_LEVELS, "1": 1, "2": 2, "3": 3}, default=ALL_LEVELS),
            user_id=reader.text("UserID"),
            password=SecretStr(password) if password else None,
            certificate=reader.text("Certificate"),
            certificate_file=reader.text("Certificatefilename"),
            company_name_type=reader.name_type("Jtype", NameType.COMPANY),
            unit_name_type=reader.name_type("Ptype", NameType.PRODUCTION_UNIT),
            force_update=reader.choice("ForceUpdate", {"J": True, "N": False}, default=True),
            parameters=reader.parameters.without("Password"),
        )
        reader.finish()
        return source

    def __str__(self) -> str:
        return str(self.parameters)


Source: TypeAlias = CprSource | CvrSource


class _Reader:
    """Takes values out of a parameter string and gathers what is wrong with them."""

    def __init__(self, text: str) -> None:
        self._reasons: list[str] = []
        try:
            self.parameters = ParameterString.parse(text)
        except ParametersMalformed as error:
            raise ParametersRefused([f"{error}."]) from None

    def text(self, key: str) -> str:
        return self.parameters.get(key) or ""

    def choice(self, key: str, values: dict[str, T], *, default: T) -> T:
        text = self.text(key).upper()
        if text and text not in values:
            self._reasons.append(f"{key}: must be {' or '.join(values)}.")
        return values.get(text, default)

    def name_type(self, key: str, default: str) -> str:
        text = self.text(key)
        if text and not _NAME_TYPE.fullmatch(text):
            self._reasons.append(f"{key}: must be the code of a contact type, as {default}.")
        return text or str(default)

    def record_types(self, types: frozenset[str] | None) -> frozenset[str] | None:
        if types is not None and not all(map(_RECORD_TYPE.fullmatch, types)):
            self._reasons.append("record_types: must be three digits each, as 003.")
        return types

    def finish(self) -> None:
        if self._reasons:
            raise ParametersRefused(self._reasons)


@overload
async def load(connection: "Connection | Pool", source: Literal["CPR"]) -> CprSource: ...
@overload
async def load(connection: "Connection | Pool", source: Literal["CVR-J"]) -> CvrSource: ...
async def load(connection: "Connection | Pool", source: str) -> Source:
    """A source as it is configured; CVR's password stands among the stored secrets."""
    row = await _SQL.load(connection, source=source)
    if row is None:
        raise LookupError(f"no external source {source!r}")
    types = row["record_types"]
    if source == SOURCE_CPR:
        return CprSource.parse(row["parameters"], None if types is None else frozenset(types))
    return CvrSource.parse(row["parameters"])


async def save(connection: Connection, source: Source, *, by: str) -> bool:
    """Stores a source and sends ``configuration.changed``; False if it stood so already.

    CVR's password is not among the parameters: put it into the secret store as ``CVR_PASSWORD``.
    """
    name = SOURCE_CPR if isinstance(source, CprSource) else SOURCE_CVR
    types = sorted(source.record_types) if isinstance(source, CprSource) and source.record_types else None
    async with connection.transaction():
        await refuse_unknown_name_types(connection, source)
        changed = await _SQL.save(
            connection, source=name, parameters=str(source), record_types=types, changed_by=by
        )
        if changed:
            await outbox.add(connection, [Event(ConfigurationChanged("external-source", name))])
    return bool(changed)


async def refuse_unknown_name_types(connection: "Connection | Pool", source: Source) -> None:
    """``ParametersRefused`` where a source names contact types that are not there."""
    match source:
        case CprSource():
            wanted = {"guardianNameType": source.guardian_name_type}
        case CvrSource():
            wanted = {"Jtype": source.company_name_type, "Ptype": source.unit_name_type}
    known = {row["name_type"] async for row in _SQL.name_types(connection)}
    if unknown := [key for key, name_type in wanted.items() if name_type not in known]:
        raise ParametersRefused([f"{key}: there is no such contact type." for key in unknown])
