"""What a statement is made with: its parameters, the names of its rows, and who it is made for."""

import dataclasses
import datetime as dt

from console.odata import limits
from console.odata.edm import Edm, EntitySet, Guard, Navigation, Property

SQL_TYPES = {
    Edm.STRING: "text",
    Edm.BOOLEAN: "boolean",
    Edm.INT32: "bigint",
    Edm.INT64: "bigint",
    Edm.DATE: "date",
    Edm.TIME: "timestamptz",
    Edm.GUID: "uuid",
    Edm.DOUBLE: "float8",
}


class Binder:
    """Collects the parameters of one statement, and counts what the query asks for."""

    def __init__(self, *, sees_protected: bool, day: dt.date) -> None:
        self.sees_protected = sees_protected
        self.values: list[object] = []
        self._rows = 0
        self._nodes = 0
        self._expansions = 0
        self._given_day = day
        self._day = ""

    @property
    def day(self) -> str:
        """The Danish day, on which protections are looked at."""
        self._day = self._day or self.bind(self._given_day, "date")
        return self._day

    def bind(self, value: object, sql_type: str) -> str:
        """A value as a parameter; the only way in which what a client sent gets into a statement."""
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"

    def alias(self) -> str:
        """A new name for a row."""
        self._rows += 1
        return f"t{self._rows}"

    def spend(self, *, nodes: int = 0, expansions: int = 0) -> None:
        """Counts expressions and expansions; ``QueryTooExpensive`` when there are too many."""
        self._nodes += nodes
        self._expansions += expansions
        limits.check("terms and operators", self._nodes, limits.NODES)
        limits.check("expansions", self._expansions, limits.EXPANSIONS)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A row of an entity set in a statement."""

    entity: EntitySet
    alias: str
    binder: Binder

    @classmethod
    def of(cls, entity: EntitySet, binder: Binder) -> "Row":
        """A new one."""
        return cls(entity, binder.alias(), binder)

    @property
    def source(self) -> str:
        """Where it comes from, with the contact that its protection depends on where that matters."""
        guard = "" if self.binder.sees_protected else self.entity.guarded_by
        return f"{self.entity.source} {guard}".format(t=self.alias).rstrip()

    @property
    def listed(self) -> str:
        """What it must be to stand in a list."""
        return self.sql(self.entity.listed) if self.entity.listed else "true"

    def sql(self, text: str, c: str = "") -> str:
        """A text of the model, for this row."""
        return text.format(t=self.alias, c=c, day=self.binder.day if "{day}" in text else "")

    def value(self, prop: Property, c: str = "") -> str:
        """A property as the caller may see it; what is hidden is null before anything is done with it."""
        sql = self.sql(prop.sql, c)
        if prop.guard is Guard.OPEN or self.binder.sees_protected:
            return sql
        if prop.guard is Guard.RAW:
            return f"null::{SQL_TYPES[prop.type]}"
        hidden = f"is_contact_protected({self.entity.guard_row.format(t=self.alias)}, {self.binder.day})"
        if prop.hidden_if:
            hidden = f"{self.sql(prop.hidden_if, c)} and {hidden}"
        return f"(case when {hidden} then null else {sql} end)"

    def join(self, navigation: Navigation, to: "Row") -> str:
        """The condition that a row which a navigation leads to fulfils."""
        return navigation.join.format(t=self.alias, to=to.alias)
