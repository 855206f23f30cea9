from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import pytest

from alexnet_core.errors import DiskFullError, DownloadError, HomeError
from alexnet_core.fetching import ATTEMPTS, fetch

CONTENT = bytes(range(256)) * 4000
CHECKSUM = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


def test_a_file_arrives_whole_with_progress(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = CONTENT
    seen: list[tuple[int, int]] = []

    path = fetch(
        f"{server.url}/a.bin",
        tmp_path / "new" / "a.bin",
        checksum=CHECKSUM,
        progress=lambda here, total: seen.append((here, total)),
    )

    assert path.read_bytes() == CONTENT
    assert [total for _, total in seen] == [len(CONTENT)] * len(seen)
    assert [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert seen[-1][0] == len(CONTENT)
    assert len(seen) > 2
    assert [child.name for child in path.parent.iterdir()] == ["a.bin"]


def test_a_file_that_is_here_is_not_fetched_again(server: Any, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    prefix = f"sha256:{hashlib.sha256(CONTENT).hexdigest()[:8]}"

    fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=prefix)

    assert server.requests == []


def test_a_broken_transfer_goes_on_where_it_stopped(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = CONTENT
    server.break_after, server.breaks_left = 300_000, 2

    path = fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)

    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, "bytes=300000-", "bytes=600000-"]


def test_a_transfer_that_breaks_too_often_is_kept_for_the_next_call(
    server: Any, tmp_path: Path
) -> None:
    server.files["/a.bin"] = CONTENT
    server.break_after, server.breaks_left = 100_000, ATTEMPTS

    with pytest.raises(DownloadError, match=r"^a\.bin could not be downloaded: the connection bro"):
        fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)
    assert not (tmp_path / "a.bin").exists()

    server.requests.clear()
    fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)
    assert server.requests == [("/a.bin", f"bytes={100_000 * ATTEMPTS}-")]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_everything_again(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = CONTENT
    server.supports_ranges = False
    server.break_after, server.breaks_left = 300_000, 1

    fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)

    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_stale_half_is_thrown_away_and_fetched_anew(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = CONTENT
    (tmp_path / "a.bin.part").write_bytes(b"something older")

    fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)

    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_part_that_is_whole_already_needs_only_the_checksum(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = CONTENT
    (tmp_path / "a.bin.part").write_bytes(CONTENT)

    fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)

    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing(server: Any, tmp_path: Path) -> None:
    server.files["/a.bin"] = b"not what was published"

    with pytest.raises(DownloadError, match=r"damaged \(wrong checksum\); bring it by hand\.$"):
        fetch(
            f"{server.url}/a.bin",
            tmp_path / "a.bin",
            checksum=CHECKSUM,
            by_hand="bring it by hand",
        )
    assert list(tmp_path.glob("a.bin*")) == []
    assert len(server.requests) == 1


def test_a_refused_connection_is_one_sentence(server: Any, tmp_path: Path) -> None:
    server.close()

    with pytest.raises(DownloadError) as caught:
        fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM, by_hand="go on foot")
    host = server.url.removeprefix("http://")
    assert str(caught.value) == (
        f"a.bin could not be downloaded: no connection to {host} (Connection refused); go on foot."
    )


def test_a_missing_file_says_what_the_server_answers(server: Any, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="the server answers 404 Not Found"):
        fetch(f"{server.url}/gone.bin", tmp_path / "gone.bin", checksum=CHECKSUM)


def test_a_full_disk_is_named(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files["/a.bin"] = CONTENT

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("alexnet_core.fetching._transfer", full)
    with pytest.raises(DiskFullError):
        fetch(f"{server.url}/a.bin", tmp_path / "a.bin", checksum=CHECKSUM)


def test_a_folder_that_cannot_be_written_is_named(server: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(HomeError):
        fetch(f"{server.url}/a.bin", tmp_path / "file" / "a.bin", checksum=CHECKSUM)
