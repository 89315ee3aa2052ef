"""What a customer of KMD Logic has agreed on, and the customer's world."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable

from pydantic import SecretStr

from registerbro_sandbox.companies import World
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.logic.identities import ObjectIds
from registerbro_sandbox.logic.subscriptions import Subscriptions


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """Credentials, and how strictly the service takes its customer."""

    client_id: str
    client_secret: SecretStr
    scope: str
    subscription_id: uuid.UUID
    configuration_ids: tuple[uuid.UUID, ...]  # the first one shows the register's own object ids
    token_life: dt.timedelta = dt.timedelta(hours=1)
    refuses_repeats: bool = False  # subscribing twice, or unsubscribing what is not subscribed
    most_per_page: int = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """What requests are answered from."""

    terms: Terms
    world: World
    subscriptions: Subscriptions
    today: Callable[[], dt.date] = danish_day

    def ids(self, configuration: str) -> ObjectIds:
        """How a configuration calls the units."""
        return ObjectIds(configuration, is_first=configuration == str(self.terms.configuration_ids[0]))
