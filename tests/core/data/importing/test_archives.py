from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from alexnet_core.data.importing.archives import ArchiveLimits, ZipSource
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.errors import ArchiveError, DataError


def opened(path: Path, **limits: int) -> ZipSource:
    return ZipSource(path, ArchiveLimits(**limits))


@pytest.fixture
def refused(home: Path, tmp_path: Path) -> Any:
    """A function that imports a ZIP, wants one sentence, and checks that nothing is left."""

    def check(path: Path, sentence: str, **limits: int) -> None:
        with pytest.raises(ArchiveError, match=sentence) as caught:
            import_dataset(path, name="bad", limits=ArchiveLimits(**limits))
        assert "\n" not in str(caught.value)
        assert list(home.glob("datasets/*")) == []
        assert not (tmp_path / "evil.png").exists()

    return check


@pytest.mark.parametrize(
    "name", ["../../evil.png", "cat/../../evil.png", "/evil.png", "C:/evil.png", "..\\evil.png"]
)
def test_a_name_that_leads_out_is_refused(zipped: Any, refused: Any, name: str) -> None:
    refused(zipped({"cat/1.png": b"x", name: b"x"}), r"pets\.zip is refused: it holds a name that")


def test_a_link_is_refused(tmp_path: Path, refused: Any) -> None:
    link = zipfile.ZipInfo("cat/1.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")

    refused(tmp_path / "a.zip", r"holds a link or a device \('cat/1\.png'\)")


def test_a_bomb_is_refused_unread(zipped: Any, refused: Any) -> None:
    refused(zipped({"cat/1.png": bytes(2**24)}), "as a ZIP bomb does")


def test_entries_that_share_their_bytes_are_a_bomb(tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/0.png", bytes(10_000))
        for number in range(1, 500):
            copy = zipfile.ZipInfo(f"cat/{number}.png")
            first = archive.filelist[0]
            copy.header_offset, copy.CRC = first.header_offset, first.CRC
            copy.file_size = copy.compress_size = first.file_size
            archive.filelist.append(copy)

    refused(path, "as a ZIP bomb does", max_ratio=50)


def test_an_entry_that_lies_about_its_size_is_cut_there(zipped: Any) -> None:
    path = zipped({"cat/1.png": bytes(2**22), "pad": b"x"})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 2**22), struct.pack("<I", 1000)))

    with opened(path) as source:
        file = next(file for file in source.files()[0] if file.path == "cat/1.png")
        assert file.size == 1000
        with pytest.raises(DataError, match=r"^cat/1\.png is damaged within the archive\.$"):
            source.read(file)


def test_an_encrypted_archive_is_refused(zipped: Any, refused: Any) -> None:
    path = zipped({"cat/1.png": b"x"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    refused(path, "is encrypted; unpack it and import the folder")


def test_too_many_files_are_refused(zipped: Any, refused: Any) -> None:
    path = zipped({f"cat/{number}.png": b"x" for number in range(4)})

    refused(path, "holds 4 files; at most 3", max_files=3)


def test_too_many_bytes_are_refused(zipped: Any, refused: Any) -> None:
    refused(zipped({"cat/1.png": b"x" * 11}), "would unpack to", max_bytes=10)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, refused: Any, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)

    refused(tmp_path / "a.zip", r"^a\.zip is no ZIP archive, or a damaged one\.$")


def test_half_a_zip_is_refused(zipped: Any, refused: Any, two_classes: dict[str, bytes]) -> None:
    path = zipped(two_classes)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    refused(path, "no ZIP archive, or a damaged one")


def test_backslashes_of_old_windows_programs_are_folders(zipped: Any) -> None:
    with opened(zipped({"train\\cat\\1.png": b"x"})) as source:
        assert [file.path for file in source.files()[0]] == ["train/cat/1.png"]


def test_a_damaged_entry_is_named(zipped: Any) -> None:
    path = zipped({"cat/1.png": bytes(range(256)) * 8})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)

    with opened(path) as source, pytest.raises(DataError, match="damaged within the archive"):
        source.read(source.files()[0][0])
