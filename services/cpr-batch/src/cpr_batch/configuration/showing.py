"""The settings as operators see them, also while they cannot be used."""

from registerbro import sources

from cpr_batch.batch import Batches
from cpr_batch.configuration import stored
from cpr_batch.configuration.layers import InForce, compose
from cpr_batch.errors import SettingsUnusable
from cpr_batch.views.settings import SettingsView


def changed_in(setting: str) -> str:
    """Where a setting is changed, for those who see it in the list of all schedules."""
    return f"PATCH /settings of cpr-batch, {setting}"


async def shown(batches: Batches) -> SettingsView:
    """Everything, with where it comes from."""
    present = await stored.load(batches.pool, batches.secrets)
    source = await sources.load(batches.pool, "CPR")
    in_force: InForce | SettingsUnusable
    try:
        in_force = compose(batches.told, present.values, present.unreadable)
    except SettingsUnusable as error:
        in_force = error
    return SettingsView.of(batches.told, present, in_force, batches.store, source)
