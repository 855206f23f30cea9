"""A ZIP streamed to the real server over real HTTP."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from filelock import FileLock
from starlette.requests import Request

from alexnet_core.data import tasks
from alexnet_core.jobs import queue
from dashboard.pages.data import uploads

PATIENCE = 120.0
MOST_MEMORY = 100 * 2**20
LARGE = 200 * 2**20


@dataclass(frozen=True)
class Lab:
    """A server in a process of its own."""

    process: int
    port: int
    uploads: Path

    def send(
        self, body: bytes, name: str = "pets.zip", **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send a file; the answer's status and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        path = f"{uploads.PATH}?name={quote(name)}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("POST", path, body, named)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def begin(self, length: int, name: str = "large.zip") -> http.client.HTTPConnection:
        """A connection that has announced a file of that length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest("POST", f"{uploads.PATH}?name={name}")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        return connection

    def left(self) -> list[str]:
        """Every file that uploads have left."""
        return [str(path) for path in self.uploads.rglob("*") if path.is_file()]

    def memory(self, line: str) -> int:
        """A figure of the server's memory in bytes: VmRSS now, VmHWM at its highest."""
        status = Path(f"/proc/{self.process}/status").read_text()
        found = re.search(rf"{line}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab on a free port, its first answer ready."""
    folder = tmp_path_factory.mktemp("lab")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log.txt"
    environment = os.environ | {"ALEXNET_LAB_HOME": str(folder / "home")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--headless", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    found = Lab(process.pid, port, folder / "home" / "uploads")
    try:
        until(lambda: healthy(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield found
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert "Traceback" not in log.read_text(), log.read_text()


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def until(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def stored(path: Path, size: int) -> Path:
    """A ZIP of about that many bytes whose pictures are not compressed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for place in range(4):
            archive.writestr(f"{'cat' if place % 2 else 'dog'}/{place}.png", bytes(size // 4))
    return path


@pytest.fixture
def small(tmp_path: Path) -> bytes:
    """A ZIP of some 3 MB."""
    return stored(tmp_path / "small.zip", 3_000_000).read_bytes()


def test_a_zip_arrives_byte_for_byte_under_its_own_name(lab: Lab, small: bytes) -> None:
    status, answer = lab.send(small, "../../My Pets.zip", Origin=f"http://127.0.0.1:{lab.port}")

    assert status == 201
    assert answer["bytes"] == len(small)
    folder = lab.uploads / answer["id"]
    assert (folder / "My Pets.zip").read_bytes() == small
    assert not (folder / "part").exists()
    shutil.rmtree(folder)


def test_a_large_zip_costs_the_server_little_memory(lab: Lab, tmp_path: Path) -> None:
    archive = stored(tmp_path / "large.zip", LARGE)
    before = 0
    # Idle: nothing more is loaded, the figure stands still.
    while abs(lab.memory("VmRSS") - before) > 2**20:
        before = lab.memory("VmRSS")
        time.sleep(2)
    # From here on the highest figure is counted anew.
    Path(f"/proc/{lab.process}/clear_refs").write_text("5")
    idle = lab.memory("VmRSS")
    with archive.open("rb") as file:
        connection = lab.begin(archive.stat().st_size)
        connection.send(file)
        answer = json.loads(connection.getresponse().read())
    connection.close()

    assert (lab.uploads / answer["id"] / "large.zip").stat().st_size == archive.stat().st_size
    assert lab.memory("VmHWM") - idle < MOST_MEMORY
    shutil.rmtree(lab.uploads / answer["id"])


def test_who_breaks_off_leaves_nothing(lab: Lab) -> None:
    connection = lab.begin(50_000_000)
    connection.send(b"PK\x03\x04" + bytes(10_000_000))
    until(lambda: any(path.endswith("part") for path in lab.left()))
    connection.close()

    until(lambda: not lab.left())
    assert not list(lab.uploads.glob("*"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_another_sites_page_is_refused(lab: Lab, small: bytes, headers: dict[str, str]) -> None:
    status, answer = lab.send(small, **headers)

    assert status == 403
    assert answer["error"].endswith(".")
    assert not lab.left()


def test_what_there_is_no_room_for_is_refused_before_it_comes(lab: Lab) -> None:
    connection = lab.begin(10**15)
    answer = connection.getresponse()
    said = json.loads(answer.read())["error"]
    connection.close()

    assert answer.status == 413
    assert said.startswith("large.zip has 1,000,000,000 MB; the server's disk has room for")
    assert not lab.left()


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "is empty"), (b"%PDF-1.4", "is no ZIP"), (b"P" + bytes(2_000_000), "is no ZIP")],
)
def test_what_is_no_zip_is_one_sentence(lab: Lab, body: bytes, said: str) -> None:
    status, answer = lab.send(body, "x.zip")

    assert status == 415
    assert answer["error"].startswith(f"x.zip {said}")
    assert "\n" not in answer["error"]
    assert not lab.left()


def test_a_file_of_unknown_size_is_refused(lab: Lab) -> None:
    status, answer = lab.send(iter([b"PK\x03\x04"]), Transfer_Encoding="chunked")  # type: ignore[arg-type]

    assert status == 411
    assert answer["error"] == "The size of the file has to be stated."


def direct(pieces: list[bytes], length: int) -> tuple[int, dict[str, Any]]:
    """The route's answer, asked without a server."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces] + [
        {"type": "http.disconnect"}
    ]

    async def receive() -> Any:
        return messages.pop(0)

    scope = {
        "type": "http",
        "method": "POST",
        "path": uploads.PATH,
        "query_string": b"name=x.zip",
        "headers": [(b"host", b"localhost"), (b"content-length", str(length).encode())],
    }
    answer = asyncio.run(uploads.receive(Request(scope, receive)))
    return answer.status_code, json.loads(bytes(answer.body) or b"{}")


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, *mode: str) -> Any:
        file = real(path, *mode)
        if path.name == "part":
            file.close()
            raise OSError(errno.ENOSPC, "No space left on device")
        return file

    monkeypatch.setattr(Path, "open", full)
    status, answer = direct([b"PK\x03\x04"], 4)

    assert status == 413
    assert "is full; free some room first" in answer["error"]
    assert not list((home / "uploads").iterdir())


def test_running_transfers_count_for_the_room_that_is_left(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = uploads.largest()
    monkeypatch.setitem(uploads._expected, "other", 2 * 10**9)
    # Other programs use the disk meanwhile.
    assert free - uploads.largest() == pytest.approx(10**9, rel=0.2)


def test_a_transfer_that_ends_early_is_no_upload(home: Path) -> None:
    assert direct([b"PK\x03\x04", bytes(5)], 100)[0] == 499
    assert not list((home / "uploads").iterdir())


def test_what_a_killed_server_left_is_swept_and_the_living_spared(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MOMENT", 0.0)
    for name in ("dead", "living", "waiting-for-its-import", "given-up-long-ago", "in-use-now"):
        (home / "uploads" / name.ljust(24, "x")).mkdir(parents=True)
    dead, living, waiting, old, used = sorted(
        (home / "uploads").iterdir(), key=lambda path: "dlwgi".index(path.name[0])
    )
    for path in (dead / "part", living / "part", waiting / "a.zip", old / "a.zip", used / "a.zip"):
        path.write_bytes(b"PK")
    long_ago = time.time() - 2 * uploads.KEPT_SECONDS
    for folder in (old, used):
        (folder / "alive.lock").touch()
        os.utime(folder, (long_ago, long_ago))
    task = tasks.Look(source=used / "a.zip", temporary=True)
    monkeypatch.setattr(queue.subprocess, "Popen", lambda *_, **__: _Busy())
    queue.start(task)
    with FileLock(living / "alive.lock"):
        uploads.sweep()

    assert set((home / "uploads").iterdir()) == {living, waiting, used}


class _Busy:
    """A worker that is still starting."""

    def poll(self) -> None:
        return None


@pytest.mark.parametrize("upload", ["", "..", "../../etc", "short", "x" * 24])
def test_only_uploads_that_arrived_have_a_path(home: Path, upload: str) -> None:
    (home / "uploads").mkdir(parents=True)
    (home / "x.zip").touch()
    assert uploads.path_of(upload) is None
    uploads.discard(upload)
    assert (home / "x.zip").exists()
