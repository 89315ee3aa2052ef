"""Who delivers CVR's data, and how they are asked: section ``cvr`` of the three CVR services, ``REGISTERBRO_CVR__…``."""

import contextlib
import uuid
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from registerbro.cvr.addresses import AddressStyle
from registerbro.cvr.mapping import ALL_FIELDS, UPDATED_FIELDS, FieldSet, Style
from registerbro.registers.port import Provider
from registerbro.settings import QueriedUrl, SecretUrl, Section, ServerUrl


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Fields = Annotated[FieldSet, NoDecode, BeforeValidator(_listed)]


def _as_proxy(url: SecretUrl) -> SecretUrl:
    parts = urlsplit(url.get_secret_value())
    with contextlib.suppress(ValueError):
        if parts.scheme == "http" and parts.hostname and parts.port != 0 and parts.path in {"", "/"}:
            return url
    raise ValueError("must be http://host:port, or http://user:password@host:port")


class StyleSettings(Section):
    """How addresses and industries are written where there is a choice."""

    house_number_to: bool = Field(default=False, description="12-14 where a unit has several house numbers")
    floor: bool = Field(default=False, description="floor and door behind the house number")
    industry_text: bool = Field(default=False, description="the text behind an industry's code, in Branche")

    @property
    def style(self) -> Style:
        """For the mapping."""
        return Style(AddressStyle(self.house_number_to, self.floor), self.industry_text)


class CertificateSettings(Section):
    """Our client certificate (OCES3, or an older FOCES)."""

    file: Path = Field(description="PKCS #12 (.p12, .pfx), or PEM with certificate and key")
    password: SecretStr | None = Field(default=None, description="of the file; none: not encrypted")
    key_file: Path | None = Field(default=None, description="the key, PEM, where it is not in the same file")


class DatafordelerSettings(Section):
    """Datafordeleren, REST and GraphQL."""

    rest_url: ServerUrl = Field(
        default="https://s5-certservices.datafordeler.dk", description="host of the REST services"
    )
    graphql_url: ServerUrl = Field(
        default="https://graphql.datafordeler.dk/CVR/v2", description="GraphQL end point, version included"
    )
    events_url: ServerUrl = Field(
        default="https://s5-certservices.datafordeler.dk/system/EventMessages/1.0.0/custom",
        description="the older pull messages",
    )
    user: str = Field(default="", description="service user with a password, where no certificate is used")
    password: SecretStr | None = Field(default=None, description="its password")
    api_key: SecretStr | None = Field(default=None, description="GraphQL: an API key")
    token_url: QueriedUrl | None = Field(
        default=None,
        description="GraphQL with OAuth: where tokens are given, by client secret or certificate",
    )
    client_id: str = Field(default="", description="OAuth: the client")
    client_secret: SecretStr | None = Field(
        default=None, description="OAuth: its secret; none: the certificate says who we are"
    )


class LogicSettings(Section):
    """KMD Logic."""

    url: ServerUrl = Field(default="https://gateway.kmdlogic.io/cvr/v1", description="gateway")
    token_url: QueriedUrl = Field(
        default="https://identity-api.kmdlogic.io/clientcredentials/token", description="identity service"
    )
    client_id: str = Field(description="Logic client id (LogicClientId)")
    client_secret: SecretStr = Field(description="Logic client secret (LogicClientSecret)")
    scope: str = Field(description="token scope (LogicScope), as https://…/.default; mandatory at Logic")
    subscription_id: uuid.UUID = Field(description="Logic subscription id (LogicCvrSubscriptionId)")
    configuration_id: uuid.UUID = Field(
        description="Logic configuration or product id (LogicCvrConfigurationId)"
    )
    page_size: int = Field(default=100, ge=1, le=10_000, description="events asked for at once")
    events_kept_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="how far back events can be read; a longer gap makes a full synchronisation",
    )


class CvrLimitSettings(Section):
    """How much a provider is asked, by all replicas together, and how long an answer may take."""

    calls_per_second: float | None = Field(
        default=10, gt=0, le=10_000, description="calls begun per second, by all replicas; none: no limit"
    )
    at_once: int = Field(default=8, ge=1, le=500, description="calls at once, in this process")
    connect_seconds: float = Field(default=10, gt=0, le=120)
    answer_seconds: float = Field(default=60, gt=0, le=600)
    answer_bytes: int = Field(
        default=32 << 20, ge=1024, le=1 << 30, description="longer answers are not read to their end"
    )
    tries: int = Field(
        default=3, ge=1, le=10, description="of one call, where trying again at once makes sense"
    )
    longest_wait_seconds: float = Field(
        default=10, gt=0, le=600, description="how long a call waits for its turn before it is given up"
    )


class CvrSettings(Section):
    """Who delivers CVR's data."""

    lookups: Provider = Field(
        default=Provider.DATAFORDELER_GRAPHQL, description="whom CVR Online asks for searches and imports"
    )
    updates: Provider = Field(
        default=Provider.KMD_LOGIC, description="who tells of changes, and is asked for what has changed"
    )
    certificate: CertificateSettings | None = Field(default=None, description="our client certificate")
    ca_file: Path | None = Field(
        default=None, description="authorities that the providers' certificates are checked against, PEM"
    )
    proxy_url: Annotated[SecretUrl, AfterValidator(_as_proxy)] | None = Field(
        default=None,
        description="HTTP proxy that providers are asked through, as http://user:password@proxy:3128; none: directly",
    )
    certificate_folder: Path = Field(
        default=Path("certificates"),
        description="where the file stands that Certificatefilename of the external source CVR-J names",
    )
    datafordeler: DatafordelerSettings = Field(default=DatafordelerSettings(), description="Datafordeleren")
    logic: LogicSettings | None = Field(default=None, description="needed where KMD Logic is used")
    limits: CvrLimitSettings = Field(default=CvrLimitSettings(), description="rates and time limits")
    checks_cvr_digit: bool = Field(
        default=True, description="whether CVR numbers with a wrong check digit are refused"
    )
    import_fields: Fields = Field(
        default=ALL_FIELDS, description="what an import sets, as name,address,phone; of a new contact as well"
    )
    update_fields: Fields = Field(
        default=UPDATED_FIELDS,
        description="what an update sets; status, end date, advertising protection and a unit's company always are",
    )
    writing: StyleSettings = StyleSettings()
