"""Ends what runs at a checkpoint of CPR Batch, as the end of the process would."""

import dataclasses

from cpr_batch.checkpoint import Point


class Crash(BaseException):
    """Stands for the end of the process in tests that need no real one."""


@dataclasses.dataclass
class CrashAt:
    """A checkpoint that crashes the ``nth`` time it is reached."""

    point: Point
    nth: int = 1

    def __call__(self, point: Point) -> None:
        if point is self.point:
            self.nth -= 1
            if self.nth == 0:
                raise Crash(point)
