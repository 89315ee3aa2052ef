"""The command ``cvr-subscription``: processes of their own, told by the environment, exit codes that mean something."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from registerbro.database import Pool

from tests.support import secrets_in_use
from tests.support.cvr_subscriber import switch
from tests.support.processes import BIN, inherited
from tests.support.register_server import Asked, Behaviour, Reply, register_server, said
from tests.support.services import AUDIT_KEY

SECRET = secrets_in_use.add("the-secret-of-this-command")
GUID = "5c5c5f0e-6c0a-4a34-9d8c-9f4dc0f0aa01"
TOKEN = said({"token_type": "Bearer", "expires_in": 3600, "access_token": "any"})


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(database_url: str, url: str) -> dict[str, str]:
    logic = {
        "URL": url,
        "TOKEN_URL": f"{url}/token",
        "CLIENT_ID": GUID,
        "CLIENT_SECRET": SECRET,
        "SCOPE": "https://logic.example/.default",
        "SUBSCRIPTION_ID": GUID,
        "CONFIGURATION_ID": GUID,
    }
    return inherited() | {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_AUDIT__KEY": AUDIT_KEY.get_secret_value(),
        **{f"REGISTERBRO_CVR__LOGIC__{name}": value for name, value in logic.items()},
    }


async def run(told: Mapping[str, str], *words: str) -> Done:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        BIN / "cvr-subscription", *words, env=dict(told), stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate()
    done = Done(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in done.err
    assert SECRET not in done.out + done.err
    return done


def logic(asked: Asked) -> Behaviour:
    """KMD Logic with no unit and no event."""
    if asked.path == "/token":
        return TOKEN
    return said({"events": [], "actualCount": 0}) if asked.path.endswith("/subscribed-events") else Reply(404)


async def test_what_operators_do_by_command(pool: Pool, database_url: str) -> None:
    async with register_server(logic) as server:
        told = environment(database_url, server.url)
        early = await run(told, "synchronise")
        assert (early.code, early.out) == (1, "")
        assert "both switched on" in early.err

        await switch(pool)
        made = await run(told, "synchronise", "--json")
        assert (made.json["kind"], made.json["outcome"]) == ("full", "done")
        status = await run(told, "status")
        assert "follows" in status.out
        assert "switched-on" not in status.out, "it was asked for"

        server.answers = lambda _: Reply(503, headers={"Retry-After": "3600"})
        failed, tested = await asyncio.gather(run(told, "synchronise"), run(told, "test", "--json"))
        assert failed.code == 4
        assert (tested.code, [step["is_ok"] for step in tested.json].count(False)) == (1, 1)
