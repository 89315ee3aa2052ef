"""What a problem of a service means to the person at the page: a sentence, and the next step with the way to it.

The same kind of problem may mean something else at another service, as a store that refuses a person or a company.
"""

from collections.abc import Mapping

from console.web.addresses import Place
from console.web.advising import contacts, everywhere, operation
from console.web.batch import advice as batch
from console.web.clients import advice as clients
from console.web.configuration import advice as configuration
from console.web.cvr import advice as cvr
from console.web.cvr_update import advice as cvr_update
from console.web.direct import advice as direct
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.people import advice as people
from console.web.sentences import Advice

UPDATES: Mapping[str, Advice] = {**cvr.ADVICE, **cvr_update.ADVICE}
OF: Mapping[Place, Mapping[str, Advice]] = {
    Place.CONSOLE: {
        **contacts.ADVICE,
        **operation.ADVICE,
        **clients.ADVICE,
        **configuration.ADVICE,
        **people.ADVICE,
    },
    Place.CPR_DIRECT: direct.ADVICE,
    Place.CPR_BATCH: batch.ADVICE,
    Place.CVR_ONLINE: cvr.ADVICE,
    Place.CVR_SUBSCRIPTION: UPDATES,
    Place.CVR_UPDATE: UPDATES,
}
UNKNOWN = Advice(N_("It could not be done."), N_("The service says why, below."))


def advice_on(failure: CallFailed) -> Advice:
    """What is said of a failure."""
    return advice_for(failure.slug, failure.place)


def advice_for(slug: str, place: Place) -> Advice:
    """What is said of a kind of failure that a service tells of, as of one of many."""
    return OF.get(place, {}).get(slug) or everywhere.ADVICE.get(slug, UNKNOWN)
