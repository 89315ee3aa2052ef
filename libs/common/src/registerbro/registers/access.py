"""How a provider is reached and what says who we are: from the settings, and from the external source CVR-J where they say nothing.

What is missing is no error here: the services run while nothing is configured, and say so when something is asked.
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PureWindowsPath
from typing import TypeAlias, assert_never

from pydantic import SecretStr

from registerbro.registers.port import Provider
from registerbro.registers.settings import CertificateSettings, CvrSettings, DatafordelerSettings
from registerbro.registers.tokens import Grant, Wording
from registerbro.settings import variable
from registerbro.sources import CvrSource

Query: TypeAlias = Mapping[str, SecretStr]
NO_QUERY: Query = {}
STORE_NOT_USED = (
    "the external source CVR-J names a certificate in a Windows store (Certificate), which is not used: "
    "set Certificatefilename, or REGISTERBRO_CVR__CERTIFICATE__FILE"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way to one provider."""

    provider: Provider
    url: str
    events_url: str
    account: str = ""  # object ids and positions hold for it
    query: Query = dataclasses.field(default_factory=dict, repr=False)  # secrets that go into every URL
    certificate: CertificateSettings | None = None
    grant: Grant | None = None
    missing: tuple[str, ...] = ()  # a line for each setting without which nothing can be asked
    remarks: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """Fingerprint of provider and account: what another one gave (object ids, positions) is void."""
        text = "\n".join((self.provider, self.url, self.account))
        return f"{self.provider}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def access_to(provider: Provider, settings: CvrSettings, source: CvrSource) -> Access:
    """The way to a provider. ``source`` has the stored password, if there is one."""
    match provider:
        case Provider.KMD_LOGIC:
            return _logic(settings)
        case Provider.DATAFORDELER_REST:
            return _rest(settings, source)
        case Provider.DATAFORDELER_GRAPHQL:
            return _graphql(settings, source)
        case _:
            assert_never(provider)


def _logic(settings: CvrSettings) -> Access:
    logic = settings.logic
    if logic is None:
        names = ("client_id", "client_secret", "scope", "subscription_id", "configuration_id")
        missing = tuple(f"{_variable('logic', name)}: is missing" for name in names)
        return Access(provider=Provider.KMD_LOGIC, url="", events_url="", missing=missing)
    prefix = f"{logic.url.rstrip('/')}/subscriptions/{logic.subscription_id}/cvr"
    return Access(
        provider=Provider.KMD_LOGIC,
        url=prefix,
        events_url=prefix,
        account=str(logic.configuration_id),
        grant=Grant(
            token_url=logic.token_url,
            client_id=logic.client_id,
            client_secret=logic.client_secret,
            scope=logic.scope,
            wording=Wording.LOGIC,
        ),
    )


def _rest(settings: CvrSettings, source: CvrSource) -> Access:
    datafordeler = settings.datafordeler
    certificate = certificate_of(settings, source)
    query = NO_QUERY if settings.certificate else _user(datafordeler, source, certificate)
    if query:
        certificate = None  # the host for users with a password asks for none
    return Access(
        provider=Provider.DATAFORDELER_REST,
        url=datafordeler.rest_url,
        events_url=datafordeler.events_url,
        query=query,
        certificate=certificate,
        missing=()
        if query or certificate
        else (_no_credentials(("certificate", "file"), "datafordeler__user"),),
        remarks=tuple(_remarks(settings, source)),
    )


def _user(
    datafordeler: DatafordelerSettings, source: CvrSource, certificate: CertificateSettings | None
) -> Query:
    """A service user with a password; the password of the external source is the certificate's where it names one."""
    if datafordeler.user and datafordeler.password:
        return {"username": SecretStr(datafordeler.user), "password": datafordeler.password}
    if certificate is None and source.user_id and source.password:
        return {"username": SecretStr(source.user_id), "password": source.password}
    return NO_QUERY


def _graphql(settings: CvrSettings, source: CvrSource) -> Access:
    datafordeler = settings.datafordeler
    certificate, grant, query, missing = None, None, NO_QUERY, []
    if datafordeler.api_key:
        query = {"apiKey": datafordeler.api_key}
    elif datafordeler.token_url:
        grant = Grant(
            token_url=datafordeler.token_url,
            client_id=datafordeler.client_id,
            client_secret=datafordeler.client_secret,
            wording=Wording.TOLD,
        )
        certificate = None if datafordeler.client_secret else certificate_of(settings, source)
        if not datafordeler.client_id:
            missing.append(f"{_variable('datafordeler', 'client_id')}: is missing")
        if not (certificate or datafordeler.client_secret):
            missing.append(_no_credentials(("datafordeler", "client_secret"), "certificate__file"))
    else:
        missing.append(_no_credentials(("datafordeler", "api_key"), "datafordeler__token_url"))
    return Access(
        provider=Provider.DATAFORDELER_GRAPHQL,
        url=datafordeler.graphql_url,
        events_url=datafordeler.graphql_url,
        query=query,
        certificate=certificate,
        grant=grant,
        missing=tuple(missing),
        remarks=tuple(_remarks(settings, source)) if grant and not datafordeler.client_secret else (),
    )


def certificate_of(settings: CvrSettings, source: CvrSource) -> CertificateSettings | None:
    """Our certificate: the settings' one, or the file that the external source names."""
    if settings.certificate is not None or not source.certificate_file:
        return settings.certificate
    name = PureWindowsPath(source.certificate_file).name  # its folder is the old system's
    return CertificateSettings(file=settings.certificate_folder / name, password=source.password)


def _remarks(settings: CvrSettings, source: CvrSource) -> Iterator[str]:
    if source.certificate and certificate_of(settings, source) is None:
        yield STORE_NOT_USED


def _no_credentials(path: tuple[str, ...], other: str) -> str:
    return f"{_variable(*path)}: is missing, and so is {_variable(other)}"


def _variable(*path: str) -> str:
    return variable(("cvr", *path))
