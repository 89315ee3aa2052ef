"""The connection test as a whole: the way to the provider up to a real call, and the store that its answers go to."""

import asyncpg
from registerbro.privacy import scrub
from registerbro.problems import Unavailable

from cvr_online import storing
from cvr_online.errors import OnlineError
from cvr_online.online import Online
from cvr_online.views.connection import CertificateOut, ConnectionTestOut, StepOut
from cvr_online.views.failure import Failure

STORE = "store"


async def check(online: Online) -> ConnectionTestOut:
    """Tries what an import needs, one by one."""
    steps = [StepOut.of(step) async for step in online.provider.steps()]
    return ConnectionTestOut.of(online.register.provider, [*steps, await _store_step(online)])


async def certificate(online: Online) -> CertificateOut:
    """How our certificate stands."""
    return CertificateOut.of(await online.provider.certificate())


async def _store_step(online: Online) -> StepOut:
    """The store answers, and has the contact types that the source names."""
    try:
        await storing.refuse_unusable_types(online, await online.source())
    except OnlineError as error:
        return StepOut(name=STORE, is_ok=False, failure=Failure.of(error))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        detail = scrub(str(error)) or type(error).__name__
        failure = Failure(type=Unavailable.uri(), title="The contact store cannot be used", detail=detail)
        return StepOut(name=STORE, is_ok=False, failure=failure)
    return StepOut(name=STORE, is_ok=True)
