"""What is said of something that did not succeed: a sentence, and the next step with the way to it."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """Texts are translated when they are shown; ``path`` is the page of the next step, if there is one."""

    text: str
    next_step: str
    path: str | None = None
