from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core.data import datasets, known
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.published import PUBLISHED, Download
from alexnet_core.errors import DataError, DownloadError, UnknownNameError
from tests.core.data.importing.test_tiny_imagenet import tiny_imagenet


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def tarred(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def levels(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), np.uint8)


@pytest.fixture
def small_cifar10(server: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """CIFAR-10 as it is published, but with 20 pictures to train on and 20 to test with."""
    from torchvision.datasets import CIFAR10

    parts = {"data_batch_1": levels(20, 1), "test_batch": levels(20, 2)}
    labels = [number % 10 for number in range(20)]
    files = {
        name: pickle.dumps({"data": data, "labels": labels}) for name, data in parts.items()
    } | {"batches.meta": pickle.dumps({"label_names": list(KNOWN["cifar10"].classes)})}
    archive = tarred({f"cifar-10-batches-py/{name}": data for name, data in files.items()})
    server.files["/cifar-10-python.tar.gz"] = archive
    monkeypatch.setattr(CIFAR10, "url", f"{server.url}/cifar-10-python.tar.gz")
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archive))
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", md5(files["data_batch_1"])]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(files["test_batch"])]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": md5(files["batches.meta"])})
    return {"train": parts["data_batch_1"], "test": parts["test_batch"]}


def test_a_downloaded_set_holds_the_published_levels_and_labels(
    small_cifar10: dict[str, np.ndarray], home: Path
) -> None:
    bytes_seen: list[tuple[int, int]] = []
    pictures_seen: list[tuple[int, int]] = []
    card = known.download(
        "cifar10",
        lambda *at: bytes_seen.append(at),
        on_import=lambda *at: pictures_seen.append(at),
    )
    cifar = datasets.open("cifar10")

    assert card == cifar.card
    assert card.counts == {"train": (2,) * 10, "test": (2,) * 10}
    for split, published in small_cifar10.items():
        # Sorted by class and number within it.
        order = sorted(range(20), key=lambda number: (number % 10, number))
        for number, original in enumerate(order):
            picture = np.asarray(cifar.picture(split, number).image)
            assert np.array_equal(
                picture, published[original].reshape(3, 32, 32).transpose(1, 2, 0)
            )
        assert cifar.labels(split).tolist() == sorted(number % 10 for number in range(20))
    assert bytes_seen[0][1] >= bytes_seen[0][0] > 0
    assert bytes_seen[-1][0] == bytes_seen[-1][1]
    assert pictures_seen[-1] == (40, 40)
    assert not (home / "downloads" / "cifar10").exists()


def test_a_set_that_is_here_is_not_fetched_again(small_cifar10: object, server: Any) -> None:
    first = known.download("cifar10")
    server.requests.clear()

    assert known.download("cifar10") == first
    assert server.requests == []


def test_a_broken_transfer_goes_on_at_the_next_call(small_cifar10: object, server: Any) -> None:
    server.break_after, server.breaks_left = 20_000, 3

    with pytest.raises(DownloadError, match="the connection broke 3 times"):
        known.download("cifar10")
    known.download("cifar10")

    assert server.requests[-1][1] == "bytes=60000-"
    assert datasets.open("cifar10").length("train") == 20


def test_a_wrong_checksum_is_one_sentence_and_leaves_nothing(
    small_cifar10: object, server: Any, home: Path
) -> None:
    server.files["/cifar-10-python.tar.gz"] = b"<html>Please sign in</html>"

    with pytest.raises(DownloadError, match=r"damaged \(wrong checksum\)"):
        known.download("cifar10")
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_no_network_is_one_sentence_that_says_where_to_put_the_file(
    small_cifar10: object, server: Any, home: Path
) -> None:
    server.close()

    with pytest.raises(DownloadError) as caught:
        known.download("cifar10")
    sentence = str(caught.value)
    assert "no connection to 127.0.0.1" in sentence
    assert f"put it by hand at {home}/downloads/cifar10/cifar-10-python.tar.gz" in sentence
    assert "`alexnet-lab data import FILE --name cifar10`" in sentence
    assert "\n" not in sentence


def test_a_file_put_there_by_hand_needs_no_network(
    small_cifar10: object, server: Any, home: Path
) -> None:
    by_hand = home / "downloads/cifar10/cifar-10-python.tar.gz"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(server.files["/cifar-10-python.tar.gz"])
    server.close()

    assert known.download("cifar10").length("test") == 20


def test_an_archive_that_cannot_be_unpacked_is_one_sentence(
    small_cifar10: object, server: Any, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    from torchvision.datasets import CIFAR10

    server.files["/cifar-10-python.tar.gz"] = b"no archive"
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(b"no archive"))

    with pytest.raises(DownloadError, match=r"downloaded for cifar10 can't be unpacked; delete"):
        known.download("cifar10")
    assert not (home / "datasets" / "cifar10").exists()


def test_a_stopped_import_keeps_what_was_downloaded(small_cifar10: object, server: Any) -> None:
    with pytest.raises(DataError, match="stopped"):
        known.download("cifar10", should_stop=lambda: True)
    server.requests.clear()

    known.download("cifar10")
    assert server.requests == []


def test_only_published_sets_can_be_downloaded() -> None:
    with pytest.raises(UnknownNameError):
        known.download("shapes")


Publish = Callable[[pytest.MonkeyPatch, Any, Callable[..., bytes]], None]


def publish_cifar100(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    from torchvision.datasets import CIFAR100

    labels = [number % 100 for number in range(200)]
    part = pickle.dumps({"data": levels(200, 1), "fine_labels": labels})
    meta = pickle.dumps({"fine_label_names": list(KNOWN["cifar100"].classes)})
    archive = tarred(
        {f"cifar-100-python/{n}": part for n in ("train", "test")} | {"cifar-100-python/meta": meta}
    )
    server.files["/cifar-100.tar.gz"] = archive
    monkeypatch.setattr(CIFAR100, "url", f"{server.url}/cifar-100.tar.gz")
    monkeypatch.setattr(CIFAR100, "tgz_md5", md5(archive))
    monkeypatch.setattr(CIFAR100, "train_list", [["train", md5(part)]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", md5(part)]])
    monkeypatch.setattr(CIFAR100, "meta", CIFAR100.meta | {"md5": md5(meta)})


def publish_fashion(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    from torchvision.datasets import FashionMNIST

    pixels = levels(20, 3)[:, :784].tobytes()
    labels = bytes(number % 10 for number in range(20))
    images = gzip.compress(struct.pack(">IIII", 0x803, 20, 28, 28) + pixels)
    marks = gzip.compress(struct.pack(">II", 0x801, 20) + labels)
    resources = []
    for name, _ in FashionMNIST.resources:
        data = images if "images" in name else marks
        server.files[f"/{name}"] = data
        resources.append((name, md5(data)))
    monkeypatch.setattr(FashionMNIST, "mirrors", [f"{server.url}/"])
    monkeypatch.setattr(FashionMNIST, "resources", resources)


def publish_flowers(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    from scipy.io import savemat
    from torchvision.datasets import Flowers102

    def mat(**arrays: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        savemat(buffer, arrays)
        return buffer.getvalue()

    numbers = np.arange(1, 307)
    picture = png()
    files = {
        "image": tarred({f"jpg/image_{number:05}.jpg": picture for number in numbers}),
        "label": mat(labels=(numbers - 1) % 102 + 1),
        "setid": mat(trnid=numbers[:102], valid=numbers[102:204], tstid=numbers[204:]),
    }
    names = {"image": "102flowers.tgz", "label": "imagelabels.mat", "setid": "setid.mat"}
    for key, data in files.items():
        server.files[f"/{names[key]}"] = data
    monkeypatch.setattr(Flowers102, "_download_url_prefix", f"{server.url}/")
    monkeypatch.setattr(
        Flowers102, "_file_dict", {key: (names[key], md5(data)) for key, data in files.items()}
    )


def publish_imagenette(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    from torchvision.datasets import Imagenette

    archive = tarred(
        {
            f"imagenette2-160/{split}/{folder}/{number}.jpeg": png(number)
            for split in ("train", "val")
            for folder in KNOWN["imagenette"].aliases
            for number in range(2)
        }
    )
    server.files["/imagenette2-160.tgz"] = archive
    archives = {"160px": (f"{server.url}/imagenette2-160.tgz", md5(archive))}
    monkeypatch.setattr(Imagenette, "_ARCHIVES", archives)


def publish_pets(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    from torchvision.datasets import OxfordIIITPet

    breeds = [name.replace(" ", "_") for name in KNOWN["oxford-pets"].classes]
    lists = {
        f"annotations/{split}.txt": "".join(
            f"{breed}_{number} {place} 1 1\n" for place, breed in enumerate(breeds, 1)
        ).encode()
        for number, split in ((1, "trainval"), (2, "test"))
    }
    picture = png()
    images = tarred({f"images/{breed}_{n}.jpg": picture for breed in breeds for n in (1, 2)})
    annotations = tarred(lists | {"annotations/trimaps/x.png": b""})
    server.files |= {"/images.tar.gz": images, "/annotations.tar.gz": annotations}
    monkeypatch.setattr(
        OxfordIIITPet,
        "_RESOURCES",
        (
            (f"{server.url}/images.tar.gz", md5(images)),
            (f"{server.url}/annotations.tar.gz", md5(annotations)),
        ),
    )


def publish_tiny_imagenet(monkeypatch: pytest.MonkeyPatch, server: Any, png: Any) -> None:
    archive = tiny_imagenet(png)
    server.files["/tiny-imagenet-200.zip"] = archive
    download = Download(
        f"{server.url}/tiny-imagenet-200.zip", "tiny-imagenet-200.zip", md5(archive)
    )
    whole = PUBLISHED["tiny-imagenet"]
    monkeypatch.setitem(PUBLISHED, "tiny-imagenet", lambda: whole()._replace(downloads=[download]))


@pytest.mark.parametrize(
    ("name", "publish", "splits"),
    [
        ("cifar100", publish_cifar100, {"train": 200, "test": 200}),
        ("fashion-mnist", publish_fashion, {"train": 20, "test": 20}),
        ("flowers102", publish_flowers, {"train": 102, "val": 102, "test": 102}),
        ("imagenette", publish_imagenette, {"train": 20, "test": 20}),
        ("oxford-pets", publish_pets, {"train": 37, "test": 37}),
        ("tiny-imagenet", publish_tiny_imagenet, {"train": 400, "test": 200}),
    ],
)
def test_every_published_set_is_understood(
    name: str,
    publish: Publish,
    splits: dict[str, int],
    server: Any,
    png: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
) -> None:
    publish(monkeypatch, server, png)
    # What an attempt left that was killed while it unpacked.
    for broken in ("imagenette2-160/train", "oxford-iiit-pet/images", "flowers-102/jpg"):
        (home / "downloads" / name / broken).mkdir(parents=True)
    card = known.download(name)

    assert card.classes == KNOWN[name].classes
    assert {split: card.length(split) for split in card.splits} == splits
    assert set(datasets.open(name).labels("train")) == set(range(len(card.classes)))


def test_grey_pictures_keep_their_levels(
    server: Any, png: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_fashion(monkeypatch, server, png)
    known.download("fashion-mnist")
    fashion = datasets.open("fashion-mnist")
    first = fashion.names("train").index("train/T-shirt top/00000")

    assert Image.open(io.BytesIO(fashion.raw("train", first))).mode == "L"
    picture = np.asarray(fashion.picture("train", first).image)
    assert np.array_equal(picture[..., 0].ravel(), levels(20, 3)[0, :784])
    assert fashion.labels("train")[first] == 0


def test_tiny_imagenet_is_fetched_from_where_it_was_published() -> None:
    (download,) = PUBLISHED["tiny-imagenet"]().downloads
    assert download.url == "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
    assert download.md5 == "90528d7ca1a48142e341f4ef8d21d0de"
