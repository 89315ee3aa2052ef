"""Companies and production units from CVR into the store: what an import and an update have in common.

    contact_types.ContactTypeMissing    the configured contact type is not in the store
    contact_types.ContactTypeUnfit      it is there, and its numbers are not CVR's
    tombstones.HasherMissing            contacts were erased, and the key is missing that tells whether one of these is among them

and what ``merge.apply`` raises.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from registerbro import contact_types
from registerbro.contact_types import ContactTypeUnfit, Validation
from registerbro.contacts import merge, tombstones
from registerbro.contacts.merge import Also
from registerbro.contacts.model import MergePolicy, Result
from registerbro.cvr import levels
from registerbro.cvr.mapping import PLAIN, FieldSet, NameTypes, Style, mapped
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Unit, kind_of
from registerbro.number_hash import NumberHasher
from registerbro.sources import CvrSource

if TYPE_CHECKING:
    from registerbro.database import Connection, Pool


def types_of(source: CvrSource) -> NameTypes:
    """The contact types that companies and production units get: ``Jtype`` and ``Ptype``."""
    return NameTypes(source.company_name_type, source.unit_name_type)


def import_policy(source: CvrSource) -> MergePolicy:
    """An import creates contacts, and fills those that are known by number only."""
    return MergePolicy(may_create=True, requires_subscription=False, force_update=source.force_update)


def update_policy(source: CvrSource) -> MergePolicy:
    """An update keeps contacts that are there, imported or made by hand; who is known by number only stays so."""
    return MergePolicy(may_adopt=True, requires_subscription=False, force_update=source.force_update)


async def require_types(connection: "Connection | Pool", source: CvrSource) -> None:
    """Raises ``ContactTypeMissing`` or ``ContactTypeUnfit`` where the source's contact types cannot be used."""
    wanted = (
        (source.company_name_type, Validation.LEGAL_UNIT),
        (source.unit_name_type, Validation.PRODUCTION_UNIT),
    )
    for name_type, validation in wanted:
        found = await contact_types.require(connection, name_type)
        if found.validation != validation:
            raise ContactTypeUnfit(name_type, validation)


async def erased(
    connection: "Connection | Pool",
    numbers: Iterable[UnitNumber],
    source: CvrSource,
    hasher: NumberHasher | None,
) -> set[UnitNumber]:
    """Those of the numbers that were erased for good, and are not imported. Raises ``HasherMissing``."""
    types = types_of(source)
    keys = {(types.of(kind_of(number)), str(number)): number for number in numbers}
    return {keys[key] for key in await tombstones.among(connection, keys, hasher)}


async def store(
    pool_or_connection: "Pool | Connection",
    units: Sequence[Unit],
    policy: MergePolicy,
    *,
    source: CvrSource,
    fields: FieldSet,
    now: dt.datetime,
    hasher: NumberHasher | None,
    style: Style = PLAIN,
    also: Also | None = None,
) -> list[Result]:
    """Merges answers about units, in one transaction; a result for each, in their order. ``now`` is UTC.

    Of each answer only what the source's access level covers.
    """
    types = types_of(source)
    deliveries = [
        mapped(levels.kept(unit, source.level), fields=fields, types=types, style=style) for unit in units
    ]
    return await merge.apply(pool_or_connection, deliveries, policy, now=now, also=also, hasher=hasher)
