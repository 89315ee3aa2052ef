"""What a problem of client applications means to the person at the page."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

LIST = "/ui/clients"
ADVICE: Mapping[str, Advice] = {
    "client-unknown": Advice(
        N_("There is no client of that id."),
        N_("Somebody may have removed it: look at the list of clients."),
        LIST,
    ),
    "client-exists": Advice(
        N_("There is a client of that id already."),
        N_("Choose another id, or change the one that is there."),
        LIST,
    ),
    "secret-refused": Advice(
        N_("The secret cannot be used: it is easy to guess, or no client could send it."),
        N_("Leave the field empty, and a good one is generated."),
    ),
    "tokens-issued-elsewhere": Advice(
        N_("Tokens are issued elsewhere, and clients are registered there."),
        N_("Register the client at the issuer that the services trust."),
    ),
}
