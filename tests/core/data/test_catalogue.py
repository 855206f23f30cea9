from __future__ import annotations

import pytest

from alexnet_core.data.cards import comparable
from alexnet_core.data.catalogue import KNOWN


@pytest.mark.parametrize("known", KNOWN.values(), ids=list(KNOWN))
def test_class_names_differ_also_without_case_and_punctuation(known: object) -> None:
    assert len({comparable(name) for name in known.classes}) == len(known.classes)


def test_numbers_of_classes() -> None:
    assert {name: len(known.classes) for name, known in KNOWN.items()} == {
        "cifar10": 10,
        "cifar100": 100,
        "fashion-mnist": 10,
        "flowers102": 102,
        "imagenette": 10,
        "oxford-pets": 37,
        "tiny-imagenet": 200,
    }


def test_classes_are_torchvisions_where_it_names_them() -> None:
    from torchvision.datasets import FashionMNIST, Flowers102, Imagenette

    assert list(KNOWN["fashion-mnist"].classes) == FashionMNIST.classes
    assert list(KNOWN["flowers102"].classes) == Flowers102.classes
    assert KNOWN["imagenette"].aliases == {
        folder: names[0] for folder, names in Imagenette._WNID_TO_CLASS.items()
    }


def test_cifar_classes_are_in_the_order_of_their_labels() -> None:
    for name in ("cifar10", "cifar100"):
        assert list(KNOWN[name].classes) == sorted(KNOWN[name].classes)


def test_tiny_imagenets_classes_go_by_the_numbers_of_wordnet() -> None:
    known = KNOWN["tiny-imagenet"]
    assert list(known.aliases) == sorted(known.aliases)
    assert all(number.startswith("n") and len(number) == 9 for number in known.aliases)
    assert known.classes == tuple(known.aliases.values())
    assert {"tailed frog", "potter's wheel", "CD player", "orange"} <= set(known.classes)
