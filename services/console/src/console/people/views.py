"""Local users, as the API answers them and the commands print them. Times are UTC."""

import datetime as dt
from typing import Any, Self

from pydantic import BaseModel, Field

from console.people.roles import Role
from console.people.users import User


class UserOut(BaseModel):
    """A local user, without the password."""

    user_name: str
    display_name: str
    roles: list[Role]
    enabled: bool
    must_change_password: bool = Field(description="the password is a one-time one")
    password_until: dt.datetime | None = Field(description="a one-time password is accepted until then")
    password_changed_at: dt.datetime
    paused_until: dt.datetime | None = Field(
        description="after wrong passwords none is looked at until then, at least from somewhere; null: no pause"
    )
    last_login_at: dt.datetime | None
    created_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str

    @classmethod
    def of(cls, user: User) -> Self:
        """From the store."""
        return cls.model_validate(_values(user))


class UserWithPassword(UserOut):
    """A user with a one-time password, which is shown this once."""

    one_time_password: str = Field(
        description="shown now and never again; must be changed at the first log-in"
    )

    @classmethod
    def showing(cls, user: User, password: str) -> Self:
        """The user with the password that was given just now."""
        return cls.model_validate(_values(user) | {"one_time_password": password})


def _values(user: User) -> dict[str, Any]:
    own = {name: getattr(user, name) for name in User.__slots__ if name != "profile"}
    return own | user.profile.row()
