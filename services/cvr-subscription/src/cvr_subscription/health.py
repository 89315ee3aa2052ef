"""What ``/readiness`` says, in the vendor's entries: ``self``, ``OData`` and ``Logic``, each with a real call.

``Logic`` stands for the provider in use, whichever it is. Its data tell the modules, our certificate, and how far events were read.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from registerbro.features import Feature, states
from registerbro.health import Check, Finding, Status, sentence
from registerbro.registers.certificates import CertificateState
from registerbro.registers.errors import NotConfigured, RegisterError
from registerbro.registers.port import Provider
from registerbro.registers.steps import SAMPLE
from registerbro.registers.watching import certificate_finding
from registerbro.service import Service

from cvr_subscription import following
from cvr_subscription.following import Following
from cvr_subscription.jobs import synchronisation
from cvr_subscription.odata import Odata
from cvr_subscription.subscriber import Mode, Subscriber, mode_of
from cvr_subscription.worker import Worker

TIME_LIMIT = dt.timedelta(seconds=40)
LATE_AFTER = 3  # intervals without a synchronisation that went well
RESTS = "CVR Update is switched on, and rests: the module CVR is switched off."


def checks(service: Service) -> Iterator[Check]:
    """The service's own checks."""

    async def odata() -> Finding:
        try:
            await service.get(Odata).read()
        except NotConfigured as error:
            return Finding(Status.DEGRADED, str(error))
        except RegisterError as error:
            return Finding(Status.UNHEALTHY, str(error))
        return Finding()

    async def logic() -> Finding:
        return await provider_finding(service.get(Subscriber), service.get(Worker))

    yield Check("OData", odata, time_limit=TIME_LIMIT)
    yield Check("Logic", logic, time_limit=TIME_LIMIT)


async def provider_finding(subscriber: Subscriber, worker: Worker) -> Finding:
    """How the provider and we get along, by a sample call."""
    mode = await mode_of(subscriber.pool)
    known = await following.read(subscriber.pool)
    certificate = await subscriber.provider.certificate()
    data = await _data(subscriber, known, certificate)
    try:
        await subscriber.lookup.find(SAMPLE)
    except NotConfigured as error:
        status = Status.DEGRADED if mode is Mode.ENDS else Status.UNHEALTHY
        return Finding(status, _failed(subscriber, error), data)
    except RegisterError as error:
        return Finding(Status.UNHEALTHY, _failed(subscriber, error), data)
    every = await synchronisation(subscriber).interval(subscriber.pool)
    found = [certificate_finding(certificate).description, *_reasons(subscriber, worker, mode, known, every)]
    reasons = " ".join(filter(None, found))
    return Finding(Status.DEGRADED if reasons else Status.HEALTHY, reasons, data)


def _failed(subscriber: Subscriber, error: RegisterError) -> str:
    """The entry is called Logic whoever is asked, and KMD's texts are the vendor's; so those of others say whose they are."""
    provider = subscriber.lookup.provider
    return str(error) if provider is Provider.KMD_LOGIC else f"{provider}: {error}"


async def _data(
    subscriber: Subscriber, known: Following, certificate: CertificateState | None
) -> Mapping[str, Any]:
    switches = await states(subscriber.pool)
    data = {
        "provider": str(subscriber.lookup.provider),
        "modules": {str(feature): switches[feature] for feature in (Feature.CVR, Feature.CVR_UPDATE)},
        "certificate": certificate and certificate.text,
        "events_synchronised_at": _text(known.events_synchronised_at),
    }
    return {name: value for name, value in data.items() if value is not None}


def _reasons(
    subscriber: Subscriber, worker: Worker, mode: Mode, known: Following, every: dt.timedelta | None
) -> Iterator[str]:
    if mode is Mode.RESTS:
        yield RESTS
    if worker.obstacle is not None and mode is not Mode.RESTS:
        yield sentence(f"Subscriptions rest for a while: {worker.obstacle}")
    read = known.events_synchronised_at
    if mode is Mode.FOLLOWS and read and every and subscriber.now() - read > LATE_AFTER * every:
        yield f"Events were read last at {_text(read)}."


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
