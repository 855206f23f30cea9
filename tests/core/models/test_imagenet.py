from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from alexnet_core import fetching
from alexnet_core.errors import CheckpointError, DownloadError
from alexnet_core.models import imagenet, library, variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.variants import Variant

NAME = "alexnet-owt-7be5be79.pth"


class Server:
    """A web server on this machine that gives one file, whole or cut short."""

    def __init__(self) -> None:
        self.content = b""
        self.missing = 0
        self.status = 200
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content[: len(outer.content) - outer.missing])

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/{NAME}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def small() -> AlexNetConfig:
    return variants.get(
        "alexnet-owt", conv_channels=(2, 2, 2, 2, 2), hidden_sizes=(64, 64), name="small"
    ).config


@pytest.fixture
def server(small: AlexNetConfig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server with small weights that count as torchvision's."""
    server = Server()
    server.content = save(build(small, seed=0).state_dict())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(imagenet, "URL", server.url)
    monkeypatch.setattr(imagenet, "HASH_START", hashlib.sha256(server.content).hexdigest()[:8])
    monkeypatch.setattr(fetching, "_CHUNK", 2**16)
    monkeypatch.setattr(imagenet, "categories", lambda: tuple(f"name {at}" for at in range(1000)))
    monkeypatch.setattr(variants, "get", lambda _name: Variant(config=small, source="", note=""))
    yield server
    server.close()


def kept(home: Path) -> list[str]:
    folder = home / "weights"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_download_tells_its_progress_and_becomes_the_model(
    server: Server, home: Path, small: AlexNetConfig
) -> None:
    steps: list[tuple[int, int]] = []

    place = imagenet.download_imagenet(lambda done, total: steps.append((done, total)))

    whole = len(server.content)
    assert len(steps) > 3
    assert steps == sorted(steps)
    assert steps[-1] == (whole, whole)
    assert place == home / "weights" / "imagenet"
    assert kept(home) == ["imagenet"]
    model = library.load("imagenet")
    weights = build(small, seed=0).state_dict()
    assert all(torch.equal(value, weights[n]) for n, value in model.network.state_dict().items())
    assert model.categories[999] == "name 999"
    assert model.transform.input_size == 224
    assert next(entry for entry in library.listing() if entry.reference == "imagenet").here


def test_what_is_here_is_not_fetched_again(server: Server) -> None:
    imagenet.download_imagenet()
    imagenet.download_imagenet()

    assert server.requests == 1


def test_what_arrives_damaged_is_refused_and_not_kept(server: Server, home: Path) -> None:
    server.content = server.content[:-1] + b"?"

    with pytest.raises(DownloadError, match=r"is damaged .*`alexnet-lab weights import FILE`"):
        imagenet.download_imagenet()

    assert kept(home) == []


def test_a_download_that_broke_can_be_tried_again(server: Server, home: Path) -> None:
    server.missing = 100
    with pytest.raises(DownloadError, match="the connection broke"):
        imagenet.download_imagenet()
    server.missing = 0

    imagenet.download_imagenet()

    assert kept(home) == ["imagenet"]


def test_a_server_that_refuses_is_one_sentence(server: Server, home: Path) -> None:
    server.status = 404

    with pytest.raises(DownloadError, match=r"the server answers 404.* weights import FILE"):
        imagenet.download_imagenet()
    assert kept(home) == []


def test_no_network_is_one_sentence_that_says_how_to_go_by_hand(server: Server, home: Path) -> None:
    server.close()

    with pytest.raises(DownloadError) as caught:
        imagenet.download_imagenet()

    assert str(caught.value).startswith(f"{NAME} could not be downloaded: no connection")
    assert str(caught.value).endswith(
        f"fetch {server.url} on another machine and bring it with "
        "`alexnet-lab weights import FILE`."
    )
    assert kept(home) == []


def test_a_file_brought_by_hand_serves_as_well_and_stays(
    server: Server, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stick.pth"
    file.write_bytes(server.content)

    imagenet.import_imagenet(file)

    assert server.requests == 0
    assert file.read_bytes() == server.content
    assert library.load("imagenet").card is not None


def test_another_file_is_refused(server: Server, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "stick.pth"
    file.write_bytes(server.content + b" ")

    with pytest.raises(CheckpointError, match="its hash differs"):
        imagenet.import_imagenet(file)
    with pytest.raises(CheckpointError, match="can't be read"):
        imagenet.import_imagenet(tmp_path / "nothing.pth")
    assert kept(home) == []


def test_address_hash_and_names_are_torchvisions() -> None:
    from torchvision.models import AlexNet_Weights

    weights = AlexNet_Weights.IMAGENET1K_V1

    assert weights.url == imagenet.URL
    assert Path(imagenet.URL).stem.endswith(f"-{imagenet.HASH_START}")
    assert imagenet.categories() == tuple(weights.meta["categories"])
    assert len(imagenet.categories()) == 1000
