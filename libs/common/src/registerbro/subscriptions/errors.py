"""What goes wrong with subscriptions. Texts name no person and no number.

SubscriptionError
├── UnknownContacts            a case names contacts that are not there
├── RuleUnusable               the policy's rule is missing, of the wrong form, or failed
├── ListRefused                a list of CPR's cannot be right; nothing was taken of it
├── ReconciliationUnknown      there is no such comparison
└── ReconciliationSuperseded   a later list was compared: that one is applied, not this one
"""


class SubscriptionError(Exception):
    """Base of this package's errors."""


class UnknownContacts(SubscriptionError):
    """A case names contacts that are not in the store; carries their ids."""

    def __init__(self, contact_ids: tuple[int, ...]) -> None:
        super().__init__(f"{len(contact_ids)} contacts are not in the store")
        self.contact_ids = contact_ids


class RuleUnusable(SubscriptionError):
    """The policy's rule cannot be applied."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(f"the rule {rule} cannot be used: {reason}")
        self.rule = rule
        self.reason = reason


class ListRefused(SubscriptionError):
    """A list cannot be right; ``line`` is 1-based, None where the fault is of no single line."""

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{name}{f', line {line}' if line is not None else ''}: {reason}")
        self.name = name
        self.reason = reason
        self.line = line


class ReconciliationUnknown(SubscriptionError):
    """There is no comparison with this id."""

    def __init__(self, reconciliation_id: int) -> None:
        super().__init__(f"there is no reconciliation {reconciliation_id}")
        self.reconciliation_id = reconciliation_id


class ReconciliationSuperseded(SubscriptionError):
    """A later list has been compared since."""

    def __init__(self, reconciliation_id: int) -> None:
        super().__init__(f"reconciliation {reconciliation_id} is superseded by a later list")
        self.reconciliation_id = reconciliation_id
