"""Who should be subscribed at a register: the wish, which services act on where it differs from what is.

The merge carries wishes along and never sets them. A wish is no change of the contact: no version, no event.
"""

from collections.abc import Mapping

from registerbro.contacts import loading
from registerbro.contacts.model import SOURCE_CPR
from registerbro.contacts.statements import Statements
from registerbro.database import Connection

_SQL = Statements("wishes.sql")


async def set_wishes(
    connection: Connection,
    wishes: Mapping[int, bool | None],
    *,
    source: str = SOURCE_CPR,
    keeps_others: bool = False,
) -> list[int]:
    """Sets wishes by contact, in the caller's transaction; returns the contacts whose wish is another now.

    Contacts that the source never delivered have none. ``keeps_others``: a wish that somebody made before stays.
    """
    ids = sorted(wishes)
    await loading.lock(connection, ids)
    rows = await _SQL.rows(
        connection,
        "set_wishes",
        ids=ids,
        wishes=[wishes[contact_id] for contact_id in ids],
        source=source,
        keeps=keeps_others,
    )
    return [row[0] for row in rows]
