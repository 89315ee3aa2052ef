"""The connection test as a whole: the way to CPR, and the store that what it delivers goes to."""

import asyncpg
from registerbro.privacy import scrub
from registerbro.problems import Unavailable

from cpr_direct.direct import Direct
from cpr_direct.views.common import Failure
from cpr_direct.views.connection import ConnectionOut, ConnectionTestOut, StepOut

STORE = "store"
_QUESTION = "select count(*) from external_source where source = 'CPR'"


async def check(direct: Direct) -> ConnectionTestOut:
    """Tries what an import needs, one by one. It logs on anew, unless CPR has refused the same credentials before."""
    checked = await direct.gateway.test()
    return ConnectionTestOut.of(checked, await _store_step(direct))


async def state(direct: Direct) -> ConnectionOut:
    """How CPR and we get along; CPR is not asked."""
    return ConnectionOut.of(await direct.gateway.state(), direct.settings)


async def _store_step(direct: Direct) -> StepOut:
    try:
        is_there = await direct.pool.fetchval(_QUESTION)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        detail = scrub(str(error)) or type(error).__name__
        failure = Failure(type=Unavailable.uri(), title="The contact store cannot be used", detail=detail)
        return StepOut(name=STORE, is_ok=False, failure=failure)
    return StepOut(name=STORE, is_ok=bool(is_there))
