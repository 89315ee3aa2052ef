"""What keeps an order from CPR, or a former installation's state from us."""

from registerbro.presentation import BAD_USE, Presentation

from cpr_batch.errors.base import BatchError


class OrderError(BatchError):
    """Something about orders to CPR cannot be done."""

    text = "{name}"

    def __init__(self, name: str = "", detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(name=self.name, detail=self.detail)


class OrdersNotConfigured(OrderError):
    """Nothing is known of the customer that orders."""

    text = "orders are not configured: set REGISTERBRO_CPR_BATCH__ORDERS__CUSTOMER_NUMBER and __TASK_NUMBER"


class OrdersBusy(OrderError):
    """Another upload of orders is under way."""

    text = "another upload of orders is under way"


class OrderUnknown(OrderError):
    """There is no such order."""

    text = "there is no order {name}"


class OrderNotOpen(OrderError):
    """The order is on its way to CPR, or done with."""

    text = "order {name} is {detail}: only one that waits, or whose answer is overdue, can be withdrawn"


class InputFileTaken(OrderError):
    """The server has a file of that name which we did not put there; the orders go into the next day's."""

    text = "the server already has a file {name} that is not ours: our orders go into the next day's file"


class AdoptionError(BatchError):
    """A former installation's state cannot be taken over."""

    text = "{name}"

    def __init__(self, name: str = "", detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(name=self.name, detail=self.detail)


class AdoptionRefused(AdoptionError):
    """The file is refused whole; nothing of it was written."""

    text = "{name} is refused: {detail}"


class AdoptionBusy(AdoptionError):
    """Another adoption is under way."""

    text = "another adoption is under way"


PRESENTATION: dict[type[BatchError], Presentation] = {
    OrdersNotConfigured: Presentation("orders-not-configured", 409, "Orders are not configured", BAD_USE),
    OrdersBusy: Presentation("orders-busy", 409, "Another upload of orders is under way"),
    OrderUnknown: Presentation("order-unknown", 404, "There is no such order"),
    OrderNotOpen: Presentation("order-not-open", 409, "The order cannot be withdrawn any more"),
    InputFileTaken: Presentation("input-file-taken", 409, "The server has another file of that name"),
    AdoptionRefused: Presentation("adoption-refused", 422, "The file is refused", BAD_USE),
    AdoptionBusy: Presentation("adoption-busy", 409, "Another adoption is under way"),
}
