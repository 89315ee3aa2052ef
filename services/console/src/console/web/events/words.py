"""What codes of events and dead letters mean; English here, translated when it is shown."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from registerbro.events import TYPE_PREFIX, TYPE_SUFFIX

from console.web.languages import N_


class State(NamedTuple):
    """How a state is called, and the tone of its mark."""

    text: str
    tone: str


SENT: Mapping[str, State] = {
    "waiting": State(N_("waits to be sent"), "busy"),
    "published": State(N_("sent"), "good"),
    "unrouted": State(N_("sent, nobody listens"), "quiet"),
}
DELIVERIES: Mapping[str, State] = {
    "handled": State(N_("handled"), "good"),
    "given-up": State(N_("given up"), "bad"),
    "waiting": State(N_("waits for the next attempt"), "busy"),
}
LETTERS: Mapping[str, State] = {
    "open": State(N_("waits for a decision"), "bad"),
    "replay-requested": State(N_("is to be delivered again"), "busy"),
    "replayed": State(N_("delivered again, not handled yet"), "busy"),
    "handled": State(N_("handled after all"), "good"),
    "came-back": State(N_("given up again"), "warning"),
    "discarded": State(N_("discarded"), "quiet"),
}


def options(states: Mapping[str, State], say: Callable[[str], str]) -> list[tuple[str, str]]:
    """States to choose from, in the person's language."""
    return [(code, say(state.text)) for code, state in states.items()]


def short(kind: str) -> str:
    """``contact.updated`` of a whole type."""
    return kind.removeprefix(TYPE_PREFIX).removesuffix(TYPE_SUFFIX)
