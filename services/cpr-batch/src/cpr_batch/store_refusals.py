"""What the contact store does not take, as errors of this service: for files and tables that are merged into it."""

import contextlib
from collections.abc import Iterator

from registerbro import contact_types
from registerbro.contacts import merge

from cpr_batch.errors import ContactTypeMissing, StoreRefused


@contextlib.contextmanager
def told_of(name: str) -> Iterator[None]:
    """Raises ``ContactTypeMissing`` or ``StoreRefused`` of the file in place of what the merge raises."""
    try:
        yield
    except contact_types.ContactTypeMissing as error:
        raise ContactTypeMissing(name, error.name_type) from error
    except merge.MergeFailed as error:
        raise StoreRefused(name, f"{error.sqlstate} {error.where or ''}".strip()) from error
