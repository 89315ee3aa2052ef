"""What can go wrong when somebody deals with events, and how it looks from outside.

EventError
├── EventUnknown      there is no such event, or not any more
├── LetterUnknown     there is no such dead letter
└── LetterNotOpen     it was replayed or discarded already
"""

from registerbro.presentation import Presentation, ProblemTable


class EventError(Exception):
    """An error with a name of its own; its text is one line without personal data."""


class EventUnknown(EventError):
    """There is no event of that id, or not any more."""

    def __init__(self) -> None:
        super().__init__("there is no event of that id, or not any more")


class LetterUnknown(EventError):
    """There is no dead letter of that id."""

    def __init__(self) -> None:
        super().__init__("there is no dead letter of that id")


class LetterNotOpen(EventError):
    """The dead letter was dealt with already."""

    def __init__(self) -> None:
        super().__init__("the dead letter was replayed or discarded already")


PRESENTATION: dict[type[EventError], Presentation] = {
    EventUnknown: Presentation("event-unknown", 404, "There is no such event"),
    LetterUnknown: Presentation("dead-letter-unknown", 404, "There is no such dead letter"),
    LetterNotOpen: Presentation("dead-letter-not-open", 409, "The dead letter was dealt with already"),
}
PROBLEMS = ProblemTable(PRESENTATION)
