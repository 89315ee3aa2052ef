"""The parts of the merge that need no store: layers, subjects, names, register times."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.contacts import names
from registerbro.contacts.layers import (
    Layer,
    Layers,
    Rank,
    UnknownKeys,
    from_stored,
    newer_part,
    scope_of,
    to_stored,
    with_layer,
)
from registerbro.contacts.model import Channel, MappedAddress, RegisterTime
from registerbro.contacts.persons import subjects

from tests.support.deliveries import delivery, register_time

KEYS = st.frozensets(
    st.sampled_from(["name1", "name2", "info:Status", "address:HA", "protections"]), min_size=1
)
RANKS = st.builds(Rank, st.booleans(), st.integers(1, 9).map(register_time), st.sampled_from(["1", "2"]))
LAYERS = st.lists(st.builds(Layer, RANKS, KEYS.map(scope_of)), max_size=6, unique_by=lambda layer: layer.rank)


def spoken(layers: Layers) -> dict[str, Rank]:
    """Which delivery each key comes from, found the slow way."""
    found: dict[str, Rank] = {}
    for layer in layers:
        for key in layer.scope.keys:
            found[key] = max(layer.rank, found.get(key, layer.rank))
    return found


def laid(deliveries: list[Layer]) -> Layers:
    layers: Layers = ()
    for layer in deliveries:
        if newer_part(layers, layer) is not None:
            layers = with_layer(layers, layer)
    return layers


@given(LAYERS, st.randoms(use_true_random=False))
def test_each_part_comes_from_its_greatest_delivery_in_any_order(
    deliveries: list[Layer], dice: random.Random
) -> None:
    layers = laid(dice.sample(deliveries, len(deliveries)))
    assert spoken(layers) == spoken(tuple(deliveries))
    assert layers == laid(deliveries)


@given(LAYERS, st.builds(Layer, RANKS, KEYS.map(scope_of)))
def test_the_newer_part_is_what_no_delivery_of_that_rank_or_above_speaks_of(
    deliveries: list[Layer], layer: Layer
) -> None:
    known = spoken(tuple(deliveries))
    expected = {key for key in layer.scope.keys if key not in known or known[key] < layer.rank}
    part = newer_part(laid(deliveries), layer)
    assert (set(part.keys) if part else set()) == expected


@given(LAYERS)
def test_layers_come_back_from_the_store_as_they_were(deliveries: list[Layer]) -> None:
    layers = laid(deliveries)
    assert (*layers[:1], *from_stored(to_stored(layers))) == layers


def test_a_scope_with_a_key_that_the_store_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownKeys) as caught:
        scope_of(frozenset({"name1", "name9", "info:", "colour:red"}))
    assert caught.value.args == ("colour:red", "info:", "name9")


@given(st.lists(st.builds(RegisterTime, st.dates(), st.sampled_from(Channel), st.from_regex(r"\d{6}", fullmatch=True),
                          st.datetimes(timezones=st.just(dt.UTC))), min_size=2))  # fmt: skip
def test_keys_of_register_times_are_ordered_as_they_are_and_lead_back(times: list[RegisterTime]) -> None:
    assert sorted(times, key=lambda time: time.key) == sorted(times)
    assert [RegisterTime.from_key(time.key) for time in times] == times


def test_deliveries_of_one_person_are_one_subject_whatever_ties_them() -> None:
    chunk = [
        delivery("1", current_number="2"),
        delivery("5"),
        delivery("3", former_numbers=("2",)),
        delivery("4", current_number="3"),
        delivery("6"),
        delivery("5", 2),
    ]
    found = subjects(chunk, {("C", "6"): 60, ("C", "4"): 40, ("C", "1"): 10})
    assert [[index for index, _ in subject.deliveries] for subject in found] == [[0, 2, 3], [1, 5], [4]]
    assert [subject.contact_ids for subject in found] == [[10, 40], [], [60]]


def test_numbers_of_different_types_are_different_numbers() -> None:
    found = subjects([delivery("1"), delivery("1", name_type="V")], {})
    assert len(found) == 2


@pytest.mark.parametrize(
    "ordered",
    [
        [("Bo", "Andersen"), ("Ane", "Berg"), ("Bo", "Berg")],
        [("Ib", "Zimmer"), ("Ib", "Ærø"), ("Ib", "Østergaard"), ("Ib", "Åberg")],
        [("Ib", "Ågård"), ("Ib", "Aagård"), ("Ib", "Ågårdsen")],
        [("Ib", "Müller"), ("Ib", "Myrup")],
        [("André", "Holm"), ("Andrea", "Holm")],
    ],
)
def test_names_sort_in_danish_by_surname_first(ordered: list[tuple[str, str]]) -> None:
    assert sorted(ordered, key=lambda name: names.sort_key(*name)) == ordered


def test_an_address_without_values_knows_nothing() -> None:
    assert all(getattr(MappedAddress(), name) is None for name in MappedAddress.__slots__)
