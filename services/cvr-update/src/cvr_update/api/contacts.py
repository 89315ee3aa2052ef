"""What became of a contact's updates."""

from fastapi import APIRouter
from registerbro import service_queue
from registerbro.auth import Scope, Scopes
from registerbro.problems import NotFound, responses

from cvr_update import contacts
from cvr_update.api.common import CurrentUpdates, ThisContact
from cvr_update.views import ContactUpdateOut, LastUpdateOut, TaskOut

UPDATE = "/contacts/{contact_id}/update"
SCOPES: Scopes = {("GET", UPDATE): Scope.CVR_UPDATE_RUN}
router = APIRouter()


class ContactUnknown(NotFound):
    """There is no such contact."""

    slug, title = "contact-unknown", "There is no such contact"


@router.get(UPDATE, responses=responses(ContactUnknown))
async def show_update(updates: CurrentUpdates, contact_id: ThisContact) -> ContactUpdateOut:
    """The last update of a contact, what waits, and what is to come."""
    if not await contacts.SQL.exists(updates.pool, contact_id=contact_id):
        raise ContactUnknown("There is no such contact.")
    last = await contacts.import_of(updates.pool, contact_id)
    task = await service_queue.task_of(updates.pool, contact_id)
    return ContactUpdateOut(
        contact_id=contact_id,
        last=None if last is None else LastUpdateOut.of(last),
        task=None if task is None else TaskOut.of(task),
        later_days=await service_queue.days_of(updates.pool, contact_id),
    )
