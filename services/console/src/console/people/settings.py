"""How people log in: sections ``console.login``, ``console.passwords`` and ``console.sessions``."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from registerbro.settings import Names, Section
from registerbro.settings.sections import SIGNATURES

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RoleSettings(Section):
    """Which values of the claim give a role; several with commas between them."""

    viewer: Names = ("registerbro-viewer",)
    operator: Names = ("registerbro-operator",)
    administrator: Names = ("registerbro-administrator",)
    data_protection_officer: Names = ("registerbro-data-protection-officer",)


class LoginSettings(Section):
    """The external issuer (OpenID Connect) where people log in."""

    issuer: str = Field(pattern=r"^https?://[^\s?#]+$", description="the claim iss, to the letter")
    discovery_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="where the issuer describes itself; none: below the issuer, as OpenID Connect has it",
    )
    client_id: str = Field(min_length=1, description="the console's client at the issuer")
    client_secret: SecretStr | None = Field(default=None, description="none: a public client, by PKCE alone")
    scopes: Names = Field(
        default=("openid", "profile"), description="asked for; openid must be among them", min_length=1
    )
    roles_claim: str = Field(
        default="roles",
        pattern=r"^[^\s.]+(\.[^\s.]+)*$",
        description="claim of the ID token with roles or groups; a dot leads into it, as realm_access.roles",
    )
    roles: RoleSettings = Field(default=RoleSettings(), description="values of that claim, for each role")
    user_claim: str = Field(
        default="preferred_username", description="claim with the name that calls are recorded under"
    )
    after_logout_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="where the issuer sends people after they have logged out; none: the console",
    )
    algorithms: Names = Field(
        default=("RS256", "PS256", "ES256"), min_length=1, description="signatures of ID tokens accepted"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for url in filter(None, (self.issuer, self.discovery_url)):
            parts = urlsplit(url)
            if parts.scheme == "http" and parts.hostname not in LOOPBACK:
                raise ValueError("issuer and discovery_url must begin with https:// except on this machine")
        if "openid" not in self.scopes:
            raise ValueError("scopes: openid must be among them")
        if unusable := [name for name in self.algorithms if name not in SIGNATURES]:
            raise ValueError(f"algorithms: {', '.join(unusable)}: not among {', '.join(SIGNATURES)}")
        return self

    @property
    def metadata_url(self) -> str:
        """Where the issuer describes itself."""
        return self.discovery_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"


class PasswordSettings(Section):
    """What follows wrong passwords of local users."""

    wrong: int = Field(
        default=5,
        ge=3,
        le=50,
        description="wrong ones in a row after which no password is looked at for a while",
    )
    pause_seconds: int = Field(
        default=60, ge=1, le=3600, description="how long, at first; then twice as long"
    )
    longest_pause_seconds: int = Field(default=900, ge=1, le=86_400, description="and so on up to this")


class SessionSettings(Section):
    """How long people stay logged in."""

    idle_minutes: int = Field(default=30, ge=5, le=1440, description="without a call")
    hours: int = Field(default=12, ge=1, le=168, description="in any case")
    token_seconds: int = Field(
        default=300, ge=60, le=3600, description="life of an access token given to a session"
    )
