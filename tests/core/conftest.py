"""A server to fetch from, small folders of pictures, and a problem to train on in a second."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import MemoryBatches
from alexnet_core.data.transforms import Transform
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.training.config import OptimizerConfig, RunConfig, ScheduleConfig
from alexnet_core.training.trainer import TrainingData
from tests.lab import Lab

TINY_NETWORK = AlexNetConfig(
    input_size=16,
    num_classes=3,
    conv_channels=(4, 4, 4, 4, 4),
    conv_kernels=(3, 3, 3, 3, 3),
    conv_strides=(1, 1, 1, 1, 1),
    conv_paddings=(1, 1, 1, 1, 1),
    towers=1,
    pool_after=(1, 2),
    norm="batch",
    hidden_sizes=(8,),
    dropout=0.1,
    initialisation="he",
)


@pytest.fixture
def tiny_config() -> Callable[..., RunConfig]:
    """A factory of configs for a tiny run; changes as for `Config.replace`."""
    base = RunConfig(
        dataset="tiny",
        model=TINY_NETWORK,
        epochs=2,
        batch_size=8,
        lr=0.05,
        device="cpu",
        # The same on every machine, also on one that would choose bfloat16.
        precision="fp32",
        optimizer=OptimizerConfig(nesterov=True),
        schedule=ScheduleConfig(name="one-cycle"),
        augmentation=Augmentation(shift=2, flip=True, cutout=4, pca_noise=0.1),
    )
    return lambda **changes: base.replace(**changes)


@pytest.fixture
def tiny_data() -> Callable[[RunConfig], TrainingData]:
    """A factory of data: three classes that differ by colour, under noise."""

    def make(config: RunConfig) -> TrainingData:
        random = np.random.default_rng(0)
        labels = np.arange(48) % 3
        pixels = random.integers(0, 120, (48, 16, 16, 3), dtype=np.uint8)
        pixels[np.arange(48), :, :, labels] += 80
        options: dict[str, Any] = {"transform": Transform(input_size=16)}
        train = MemoryBatches(
            pixels[:36],
            labels[:36],
            augmentation=config.augmentation,
            batch_size=config.batch_size,
            seed=config.seed,
            **options,
        )
        return TrainingData(train, MemoryBatches(pixels[36:], labels[36:], **options))

    return make


@pytest.fixture
def lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab with a real agent, whose tiny runs gain nothing from a second thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return Lab(home)


@pytest.fixture
def drawn_config(tiny_config: Callable[..., RunConfig]) -> Callable[..., RunConfig]:
    """A factory of configs for a real run on drawn shapes, a few milliseconds a step."""
    base = tiny_config(
        dataset="shapes:size=16,train=400,test=20", validation_percent=20, lr=0.01, workers=0
    )
    return lambda **changes: base.replace(**changes)


def left_on_screen(said: str) -> list[str]:
    """The lines that a terminal keeps: without a bar that stood there while something took long."""
    return [line.rpartition("\r")[2] for line in said.removesuffix("\n").split("\n")]


class Server:
    """Files over HTTP on this machine, with the faults that a test asks for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.break_after: int | None = None
        """Send so many bytes of a file, then hang up; each time."""
        self.breaks_left = 0
        self.supports_ranges = True
        self.requests: list[tuple[str, str | None]] = []
        """Path and Range header of every request."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
                asked = self.headers.get("Range")
                server.requests.append((self.path, asked))
                data = server.files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                start = 0
                if asked and server.supports_ranges:
                    start = int(asked.removeprefix("bytes=").rstrip("-"))
                    if start >= len(data):
                        self.send_error(416)
                        return
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                body = data[start:]
                if server.breaks_left and server.break_after is not None:
                    server.breaks_left -= 1
                    body = body[: server.break_after]
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        """Refuse connections from now on."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine, reached past any proxy."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    running = Server()
    yield running
    running.close()


Picture = Callable[..., bytes]
Folder = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def png() -> Picture:
    """A function that gives a PNG of random levels; another seed, other levels."""

    def make(seed: int = 0, size: tuple[int, int] = (12, 10)) -> bytes:
        levels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(levels).save(buffer, "PNG")
        return buffer.getvalue()

    return make


@pytest.fixture
def two_classes(png: Picture) -> dict[str, bytes]:
    """Ten cats and ten dogs: path -> bytes."""
    return {
        f"{animal}/{number}.png": png(place * 10 + number)
        for place, animal in enumerate(("cat", "dog"))
        for number in range(10)
    }


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A function that writes files below a new folder."""

    def write(content: Mapping[str, bytes]) -> Path:
        root = tmp_path / "My Pets"
        for path, data in content.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    return write


@pytest.fixture
def zipped(tmp_path: Path) -> Folder:
    """A function that writes files into a new ZIP."""

    def write(content: Mapping[str, bytes]) -> Path:
        path = tmp_path / "pets.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return path

    return write
