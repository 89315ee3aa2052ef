"""What the routes of all topics share."""

from typing import Annotated, TypeAlias

from fastapi import Depends
from registerbro.service import CurrentService

from console.errors import PROBLEMS, TokensIssuedElsewhere
from console.oauth2.issuing import Issuer
from console.oauth2.opening import elsewhere
from console.settings import AppSettings, Signing, signing

ELSEWHERE = PROBLEMS.of(TokensIssuedElsewhere)


async def _settings(service: CurrentService) -> AppSettings:
    settings = service.settings
    if not isinstance(settings, AppSettings):
        raise TypeError("the console runs with other settings than its own")
    return settings


CurrentSettings: TypeAlias = Annotated[AppSettings, Depends(_settings)]


async def _issuer(service: CurrentService, settings: CurrentSettings) -> Issuer:
    if signing(settings.console, settings.auth) is Signing.FOREIGN:
        raise elsewhere(settings.auth)
    return service.get(Issuer)


CurrentIssuer: TypeAlias = Annotated[Issuer, Depends(_issuer)]
