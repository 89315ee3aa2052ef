"""A KMD Logic of the sandbox, and a client that asks it as KMD's own would: the numbers stand in the addresses, which ours never log."""

import dataclasses
import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

import requests
from pydantic import SecretStr
from registerbro.registers.settings import LogicSettings
from registerbro_sandbox.logic import LogicServer, Terms

SECRET = "kun-til-denne-test"
FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
TERMS = Terms(
    client_id="A0000000-0000-4000-8000-000000000001",
    client_secret=SecretStr(SECRET),
    scope="https://logic.example/test/.default",
    subscription_id=uuid.UUID(int=9),
    configuration_ids=(FIRST, SECOND),
)


@dataclasses.dataclass
class LogicClient:
    """Asks a server; without ``token`` as somebody who has none."""

    server: LogicServer
    http: requests.Session
    token: str = ""

    def log_on(self, **changes: str) -> requests.Response:
        """Asks for a token, and keeps it."""
        form = {
            "grant_type": "client_credentials",
            "client_id": TERMS.client_id,
            "client_secret": SECRET,
            "scope": TERMS.scope,
            **changes,
        }
        answer = self.http.post(self.server.token_url, data=form)
        self.token = answer.json()["access_token"] if answer.status_code == HTTPStatus.OK else self.token
        return answer

    def ask(
        self, path: str, *, method: str = "GET", subscription: object = TERMS.subscription_id, **more: Any
    ) -> requests.Response:
        """One call of the gateway; the first configuration is meant unless ``params`` say otherwise."""
        more.setdefault("params", {"configurationId": str(FIRST)})
        return self.http.request(
            method,
            f"{self.server.gateway_url}/subscriptions/{subscription}/cvr/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            **more,
        )

    def told(self, path: str, **more: Any) -> Any:
        """What a call that succeeds says."""
        answer = self.ask(path, **more)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return answer.json()

    def subscribe(self, object_id: str, configuration: uuid.UUID = FIRST) -> requests.Response:
        """Subscribes a unit."""
        body = {"configurationId": str(configuration)}
        return self.ask(f"subscribe/{object_id}", method="POST", json=body)

    def unsubscribe(self, object_id: str) -> requests.Response:
        """Ends a subscription."""
        return self.ask(f"unsubscribe/{object_id}", method="DELETE")

    def page(self, number: int = 1, size: int = 100, *, call: str = "subscribed-events", **more: str) -> Any:
        """One page of events of the last day and the next."""
        now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
        window = {"dateFrom": (now - day).isoformat(), "dateTo": (now + day).isoformat()}
        params = {"configurationId": str(FIRST), "pageNo": number, "pageSize": size, **window, **more}
        return self.told(call, params=params)


def settings_of(server: LogicServer, **changes: Any) -> LogicSettings:
    """What our adapters are told of a server; keywords are further settings."""
    return LogicSettings(
        url=server.gateway_url,
        token_url=server.token_url,
        client_id=TERMS.client_id,
        client_secret=TERMS.client_secret,
        scope=TERMS.scope,
        subscription_id=TERMS.subscription_id,
        configuration_id=FIRST,
        **changes,
    )
