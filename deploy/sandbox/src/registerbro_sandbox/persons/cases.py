"""Which neighbours are special cases: in the first families every case comes up once, later ones draw them as life would."""

from collections.abc import Callable

from registerbro_sandbox.persons import special_records, special_relations, special_status
from registerbro_sandbox.persons.family import Builder
from registerbro_sandbox.persons.homes import Draw, generator, pick
from registerbro_sandbox.persons.person import Family
from registerbro_sandbox.persons.scene import Scene

Case = Callable[[Scene], None]

SOLO: dict[Case, int] = {
    special_status.special_road: 3,
    special_status.greenland: 4,
    special_status.greenland_special_road: 1,
    special_status.administrative: 3,
    special_status.annulled: 1,
    special_status.disappeared: 2,
    special_status.emigrated: 25,
    special_status.dead: 6,
    special_status.born_before_1900: 1,
    special_relations.protected: 6,
    special_relations.protection_lapsed: 3,
    special_relations.protection_to_come: 1,
    special_relations.all_protections: 1,
    special_relations.guardian_by_name: 2,
    special_relations.typed_guardian_by_name: 1,
    special_relations.spouse_by_name: 4,
    special_relations.widowed_of_unknown: 2,
    special_relations.many_children: 1,
    special_relations.parents_unknown: 3,
    special_relations.parents_by_name: 6,
    special_relations.one_parent: 3,
    special_records.long_names: 1,
    special_records.no_name: 1,
    special_records.first_name_only: 1,
    special_records.surname_first: 2,
    special_records.partial_dates: 6,
    special_records.marked_complete_dates: 3,
    special_records.corrected_history: 4,
    special_records.immigrated: 20,
    special_records.foreign_citizen: 5,
    special_records.found_again: 2,
    special_records.supplementary_address: 4,
    special_records.municipal_matters: 4,
    special_records.southern_jutland: 3,
    special_records.birth_place_unknown: 1,
    special_records.credit_warning: 1,
}
"""How often a case is drawn against the others."""

PAIRS: dict[Case, int] = {
    special_status.double_number: 2,
    special_status.changed_number: 4,
    special_relations.guardian_by_number: 3,
    special_relations.typed_guardian_by_number: 2,
    special_relations.custody_by_others: 2,
    special_relations.partnership: 2,
    special_relations.partnership_dissolved: 1,
    special_relations.partner_survived: 1,
    special_relations.separated: 3,
}
"""Cases that take two persons."""

SHOW_FAMILIES = max(-(-len(SOLO) // 2), len(PAIRS))
"""The first families show every case: 18 of them, 288 persons."""


class Cases:
    """Makes the special cases of one seed."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder

    def apply(self, family: Family) -> None:
        """Turn neighbours of a family into its special cases: 12 and 13 by themselves, 14 with 15."""
        draw = generator(self._builder.seed, family.index, "cases")
        for slot, case in self._chosen(family.index, draw):
            person, other = family.persons[slot], family.persons[slot + 1]
            case(Scene(family, person, other, self._builder.births, draw))

    def _chosen(self, index: int, draw: Draw) -> list[tuple[int, Case]]:
        if index < SHOW_FAMILIES:
            solos, pairs = tuple(SOLO)[2 * index : 2 * index + 2], tuple(PAIRS)[index : index + 1]
            return [*zip((12, 13), solos, strict=False), *((14, case) for case in pairs)]
        shares = ((12, _SOLO_TICKETS, 0.9), (13, _SOLO_TICKETS, 0.4), (14, _PAIR_TICKETS, 0.2))
        return [(slot, pick(draw, tickets)) for slot, tickets, share in shares if draw() < share]


def _tickets(weights: dict[Case, int]) -> tuple[Case, ...]:
    return tuple(case for case, weight in weights.items() for _ in range(weight))


_SOLO_TICKETS, _PAIR_TICKETS = _tickets(SOLO), _tickets(PAIRS)
