"""What pages read of one contact: over OData, with what belongs to it."""

from typing import Annotated, Any, TypeAlias

from fastapi import Path
from registerbro.ids import LAST_ID

from console.web.addresses import Place
from console.web.visit import Visit

ThisContact: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID)]
_WHO = "$select=ContactId,NameType,NameCode,Name1,Name2,EndDate,IsProtected,IsPlaceholder"
_SOURCES = (
    "$select=Source,SrcSubscribed,Subscribed,RegisterDate,LastDeliveredAt,LastChangedAt,DeliveredNumber"
)
EXPANDED = f"Addresses,References($expand=ToContact({_WHO})),SourceRecords({_SOURCES})"
MOST_REFERRING = 100


def path(contact_id: int) -> str:
    """A contact in OData."""
    return f"/odata/Contacts({contact_id})"


async def contact(visit: Visit, contact_id: int) -> dict[str, Any]:
    """A contact with addresses, references and sources. ``PurposeNeeded``, ``CallFailed``."""
    visit.stated()
    found: dict[str, Any] = await visit.call(
        Place.CONSOLE, "GET", path(contact_id), params={"$expand": EXPANDED}
    )
    return found


async def referring(visit: Visit, contact_id: int) -> Any:
    """Those who refer to a contact, or why that cannot be told."""
    wanted: dict[str, str | int] = {
        "$filter": f"ToContactId eq {contact_id}",
        "$expand": f"Contact({_WHO})",
        "$top": MOST_REFERRING,
    }
    return await visit.attempt(Place.CONSOLE, "GET", "/odata/References", params=wanted)


async def named(visit: Visit, contact_ids: set[int]) -> dict[int, dict[str, Any]]:
    """Contacts by id, as far as there are any."""
    if not contact_ids:
        return {}
    listed = ",".join(map(str, sorted(contact_ids)[:500]))
    wanted = {"$filter": f"ContactId in ({listed})", "$select": "ContactId,Name1,Name2"}
    found = await visit.call(Place.CONSOLE, "POST", "/odata/Contacts/$query", json=wanted)
    return {each["ContactId"]: each for each in found["value"]}
