"""What the service itself says, whatever the register would.

SubscriptionError
├── NotFollowing              the modules are not both on: nothing is read or compared
├── OtherProvider             another provider or configuration was taken into use after this process started
├── SynchronisationUnderWay   one at a time, over all replicas
└── DriftUnderWay
"""

from collections.abc import Mapping

from registerbro.presentation import Presentation, ProblemTable


class SubscriptionError(Exception):
    """Base of the service's own errors."""


class NotFollowing(SubscriptionError):
    """The modules CVR and CVR Update are not both switched on."""

    def __init__(self) -> None:
        super().__init__("changes are followed while the modules CVR and CVR Update are both switched on")


class OtherProvider(SubscriptionError):
    """Another provider or configuration was taken into use after this process started."""

    def __init__(self) -> None:
        super().__init__(
            "another provider or configuration of CVR's data was taken into use since: restart with its settings"
        )


class SynchronisationUnderWay(SubscriptionError):
    """Events are being read at the moment."""

    def __init__(self) -> None:
        super().__init__("a synchronisation is under way")


class DriftUnderWay(SubscriptionError):
    """Contacts are being compared at the moment."""

    def __init__(self) -> None:
        super().__init__("a comparison with the register is under way")


PRESENTATION: Mapping[type[SubscriptionError], Presentation] = {
    SubscriptionError: Presentation("subscription-error", 500, "The subscriptions cannot be worked on"),
    NotFollowing: Presentation("not-following", 409, "Changes are not followed"),
    OtherProvider: Presentation("other-provider", 409, "Another provider is in use"),
    SynchronisationUnderWay: Presentation("synchronisation-under-way", 409, "A synchronisation is under way"),
    DriftUnderWay: Presentation("drift-under-way", 409, "A comparison is under way"),
}
PROBLEMS = ProblemTable(PRESENTATION)


def exit_code(error: SubscriptionError) -> int:
    """What a command ends with."""
    return PRESENTATION[type(error)].exit_code
