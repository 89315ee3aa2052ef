"""What problems of the console's API of events, audit and queries mean."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

EVENTS, AUDIT = "/ui/events", "/ui/audit"
_LESS = N_("Ask for less: a shorter time, fewer fields, or a narrower search.")
_QUERY = N_("Mend the query where the service says.")
_LIST = N_("Load the list again.")

ADVICE: Mapping[str, Advice] = {
    # events
    "event-unknown": Advice(
        N_("There is no such event, or not any more."),
        N_("Old events are removed. Look at the list."),
        EVENTS,
    ),
    "dead-letter-unknown": Advice(N_("There is no such dead letter."), _LIST, EVENTS),
    "dead-letter-not-open": Advice(N_("Somebody has dealt with the dead letter already."), _LIST, EVENTS),
    # audit
    "spot-check-unknown": Advice(N_("There is no such spot check."), _LIST, AUDIT),
    "spot-check-empty": Advice(
        N_("There is no access to draw from."), N_("Choose a longer period, or leave a restriction out.")
    ),
    "spot-check-too-large": Advice(
        N_("The spot check would have too many accesses."),
        N_("Draw a smaller part, or choose a shorter period."),
    ),
    "spot-check-closed": Advice(
        N_("The spot check is closed, and is not changed any more."), N_("Begin another one."), AUDIT
    ),
    "spot-check-unfinished": Advice(
        N_("Some accesses have no verdict yet."), N_("Give each access a verdict, then close the spot check.")
    ),
    "not-drawn": Advice(
        N_("The access does not belong to this spot check."), N_("Load the spot check again.")
    ),
    # queries
    "format-not-served": Advice(N_("It is not made in this format."), N_("Choose another format.")),
    "entity-unknown": Advice(
        N_("Nothing has this key."), N_("It may have been removed. Search for it again.")
    ),
    "name-unknown": Advice(N_("A field or option of the query is not known."), _QUERY),
    "not-supported": Advice(N_("The query asks for something that is not done here."), _QUERY),
    "query-malformed": Advice(N_("The query cannot be read."), _QUERY),
    "query-too-expensive": Advice(N_("The query asks for too much at once."), _LESS),
    "query-took-too-long": Advice(N_("The query takes too long."), _LESS),
    "answer-too-large": Advice(N_("The answers together are too large."), _LESS),
    "dependency-failed": Advice(
        N_("It was not done, because something before it failed."),
        N_("Mend what failed first, and send both again."),
    ),
    "skiptoken-invalid": Advice(N_("The next page is not kept any more."), N_("Begin at the first page.")),
    "odata-version-unsupported": Advice(N_("The service speaks another version of OData."), _QUERY),
}
