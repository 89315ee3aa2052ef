"""Clients, keys and their history, as the API answers them and the commands print them. Times are UTC."""

import datetime as dt
from typing import Any, Self

from pydantic import BaseModel, Field
from registerbro.auth import Scope

from console.history import Change
from console.oauth2.clients import Client, GrantType
from console.oauth2.keys import PublishedKey


class ClientOut(BaseModel):
    """A client, without its secret."""

    client_id: str
    name: str
    enabled: bool
    grant_type: GrantType = Field(description="only client_credentials is served")
    allows_browser: bool = Field(description="allow access token via browser; kept, not used")
    allows_offline: bool = Field(description="allow offline access; kept, not used")
    requires_pkce: bool = Field(description="require PKCE; kept, not used")
    scopes: list[Scope]
    acts_as: str | None = Field(description="the user that the client acts for; null: for itself")
    secret_changed_at: dt.datetime | None
    previous_secret_until: dt.datetime | None = Field(
        description="the secret before the present one is accepted until then; null: it is not"
    )
    last_token_at: dt.datetime | None
    created_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str

    @classmethod
    def of(cls, client: Client) -> Self:
        """From the store."""
        return cls.model_validate(_values(client))


class ClientWithSecret(ClientOut):
    """A client with its secret, which is shown this once."""

    client_secret: str = Field(description="shown now and never again")

    @classmethod
    def showing(cls, client: Client, secret: str) -> Self:
        """The client with the secret that it was given just now."""
        return cls.model_validate(_values(client) | {"client_secret": secret})


class KeyOut(BaseModel):
    """A key that tokens are signed with, by its public half."""

    kid: str
    created_at: dt.datetime | None = Field(description="published since; null: the development key")
    signs_from: dt.datetime | None = Field(description="until the next one does")
    published_until: dt.datetime | None = Field(description="null: until a new one is made")

    @classmethod
    def of(cls, key: PublishedKey) -> Self:
        """From the store."""
        return cls.model_validate(key, from_attributes=True)


class ChangeOut(BaseModel):
    """Who changed what."""

    change_id: int
    at: dt.datetime
    action: str
    client: str = Field(description="who did it: a client application, or the command line")
    acting_user: str | None
    changes: dict[str, Any] = Field(description="by field: before and after; never a secret")

    @classmethod
    def of(cls, change: Change) -> Self:
        """From the store."""
        return cls.model_validate(change, from_attributes=True)


def _values(client: Client) -> dict[str, Any]:
    own = {name: getattr(client, name) for name in Client.__slots__ if name != "profile"}
    return own | client.profile.row()
