"""Everything that is asked of CPR Direkte goes through here, with one session for all.

async with Gateway.open(settings, logons) as gateway:
    answer = await gateway.lookup(number)
"""

import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Iterator
from typing import Self

import structlog
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber

from cpr_direct import connect, metrics
from cpr_direct.connect import Checked
from cpr_direct.credentials import Credentials
from cpr_direct.errors import AnswerBroken, CprError, DirectError, PersonUnknown, TokenExpired, presentation
from cpr_direct.line import Line, Outdated
from cpr_direct.logon import Logons, LogonState
from cpr_direct.route import Route
from cpr_direct.settings import CprDirectSettings
from cpr_direct.tokens import Tokens
from cpr_direct.wire import Answer, Header, PersonAnswer, SubscriptionType, logon_request, request
from cpr_direct.wire.header import TOKEN_OFFSET
from cpr_direct.wire.requests import NO_DATA

log = structlog.get_logger()


class Kind(enum.StrEnum):
    """What is asked."""

    LOOKUP = "lookup"
    LOOKUP_AND_SUBSCRIBE = "lookup-and-subscribe"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclasses.dataclass(frozen=True, slots=True)
class GatewayState:
    """How CPR and we get along, as this process has found it; times are UTC. ``last_failure`` is a problem type."""

    logon: LogonState
    breaker: str  # closed: calls go through; opened: none does; half-opened: one looks
    last_success: dt.datetime | None
    last_failure_at: dt.datetime | None
    last_failure: str | None
    certificate_expires: dt.datetime | None  # of CPR's server, as last seen


class Gateway:
    """The way to one customer's agreement at CPR; safe to use from any number of tasks."""

    def __init__(self, settings: CprDirectSettings, logons: Logons) -> None:
        self._settings = settings
        self._logons = logons
        self._line = Line(Route.of(settings))
        self._tokens = Tokens(self._logon)
        self._seen = _Seen()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: CprDirectSettings, logons: Logons) -> AsyncIterator[Self]:
        """A gateway for the block. Nothing is asked of CPR before the first call."""
        gateway = cls(settings, logons)
        try:
            yield gateway
        finally:
            await gateway._tokens.close()

    @property
    def route(self) -> Route:
        """Where CPR is."""
        return self._line.route

    async def lookup(self, number: CprNumber, *, subscribes: bool = False) -> PersonAnswer:
        """The person as CPR knows it now; ``subscribes``: and its changes from now on. Costs money.

        Raises ``PersonUnknown`` and every other ``DirectError``; its ``may_have_reached`` says whether the subscription
        may be there although the call failed.
        """
        kind = Kind.LOOKUP_AND_SUBSCRIBE if subscribes else Kind.LOOKUP
        subscription = self._settings.subscription_type if subscribes else SubscriptionType.LEAVE
        with self._observed(kind):
            answer = await self._ask(number, subscription, self._settings.data_type)
            return PersonAnswer.of(answer, number, dt.datetime.now(dt.UTC))

    async def subscribe(self, number: CprNumber) -> None:
        """Has CPR deliver the person's changes from now on; done twice is as good as once."""
        with self._observed(Kind.SUBSCRIBE):
            await self._ask(number, self._settings.subscription_type, NO_DATA)

    async def unsubscribe(self, number: CprNumber) -> None:
        """Ends the subscription, if there is one."""
        with self._observed(Kind.UNSUBSCRIBE):
            await self._ask(number, SubscriptionType.DELETE, NO_DATA)

    async def test(self) -> Checked:
        """What may stand between us and CPR, step by step; with a logon, unless CPR has refused it before."""
        return await connect.check(self)

    async def state(self) -> GatewayState:
        """What readiness tells; asks the store, and never CPR."""
        seen = self._seen
        return GatewayState(
            logon=await self._logons.state(),
            breaker=self._line.breaker.state,
            last_success=seen.success,
            last_failure_at=seen.failure_at,
            last_failure=seen.failure,
            certificate_expires=self._line.certificate_expires,
        )

    async def reach(self) -> None:
        """Connects, agrees on encryption, and asks nothing; also while CPR is left alone."""
        await self._line.reach()

    async def logon(self) -> Header:
        """Logs on although there may be a session, and although CPR is left alone; calls use the new one from now on."""
        header = await self._logons.logon(self._transmit_forced)
        self.adopt(header)
        return header

    def adopt(self, header: Header) -> None:
        """Uses the session of a logon that was made for another reason."""
        self._tokens.adopt(header.token)

    async def transmit(
        self, credentials: Credentials, new_password: SecretStr | None = None, *, is_forced: bool = False
    ) -> Header:
        """One logon with these credentials, whatever is remembered of them: for what keeps that memory only."""
        account, password = credentials.account, credentials.password
        message = logon_request(
            transaction_code=account.transaction_code,
            customer_number=account.customer_number,
            user_id=account.user_id,
            password=password,
            new_password=new_password,
        )
        withheld = [password, *([new_password] if new_password else [])]
        with metrics.counted_logon():
            answer = await self._line.ask(message, withheld=withheld, is_forced=is_forced)
            if not answer.header.token.get_secret_value().strip():
                raise AnswerBroken(TOKEN_OFFSET, "the answer to the logon has no token")
        log.info("logged on to CPR", changes_password=new_password is not None)
        return answer.header

    async def _transmit_forced(
        self, credentials: Credentials, new_password: SecretStr | None = None
    ) -> Header:
        return await self.transmit(credentials, new_password, is_forced=True)

    async def _logon(self) -> SecretStr:
        return (await self._logons.logon(self.transmit)).token

    async def _ask(self, number: CprNumber, subscription_type: str, data_type: str) -> Answer:
        """Asks with the shared token; once more when CPR has forgotten it."""
        is_repeated = False
        while True:
            token = await self._tokens.current()
            try:
                return await self._ask_with(token, number, subscription_type, data_type)
            except Outdated:
                continue
            except TokenExpired:
                self._tokens.expire(token)
                if is_repeated:
                    raise
                is_repeated = True

    async def _ask_with(
        self, token: SecretStr, number: CprNumber, subscription_type: str, data_type: str
    ) -> Answer:
        message = request(
            transaction_code=self._settings.transaction_code,
            customer_number=self._settings.customer_number,
            user_id=self._settings.user_id,
            token=token,
            subscription_type=subscription_type,
            data_type=data_type,
            number=number,
        )
        return await self._line.ask(
            message, withheld=[token], is_of_use=lambda: self._tokens.is_current(token)
        )

    @contextlib.contextmanager
    def _observed(self, kind: Kind) -> Iterator[None]:
        """Counts a call, and remembers and logs how it ended."""
        try:
            with metrics.counted(kind):
                yield
        except PersonUnknown:
            self._seen.succeeded()
            raise
        except DirectError as error:
            self._seen.failed(error)
            said = error.said if isinstance(error, CprError) else None
            log.warning("call to CPR failed", kind=kind, reason=str(error), said=said)
            raise
        self._seen.succeeded()


@dataclasses.dataclass
class _Seen:
    """What this process has seen of CPR."""

    success: dt.datetime | None = None
    failure_at: dt.datetime | None = None
    failure: str | None = None

    def succeeded(self) -> None:
        self.success = dt.datetime.now(dt.UTC)

    def failed(self, error: DirectError) -> None:
        self.failure_at, self.failure = dt.datetime.now(dt.UTC), presentation(error).slug
