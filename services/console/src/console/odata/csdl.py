"""Expressions of annotations that JSON writes as plain strings and XML in ways of their own (CSDL JSON 4.01, 14.3 and 14.4)."""

from typing import Self


class EnumMember(str):
    """A member of an enumeration type, or several with commas between them."""

    __slots__ = ("type",)
    type: str

    def __new__(cls, type_: str, member: str) -> Self:
        """The member of a type, which is named with its namespace or alias."""
        made = super().__new__(cls, member)
        made.type = type_
        return made


class PropertyPath(str):
    """The name of a property."""

    __slots__ = ()


class NavigationPropertyPath(str):
    """The name of a navigation property."""

    __slots__ = ()
