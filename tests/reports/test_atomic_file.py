"""A file that is there when it is complete, or not at all."""

from __future__ import annotations

import errno
import os
import resource
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matomo_tui.reports.atomic_file import AtomicFile


def write(path: Path, text: str, *, overwrite: bool = False) -> int:
    with AtomicFile(path, overwrite=overwrite) as file:
        file.write(text)
        return file.settle()


def test_what_is_settled_is_there_for_its_owner_alone(tmp_path: Path) -> None:
    assert write(tmp_path / "a.csv", "größe\r\n") == 9
    assert (tmp_path / "a.csv").read_bytes() == "größe\r\n".encode()
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a.csv"]


def test_what_is_not_settled_leaves_nothing_behind(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "a.csv") as file:
        file.write("x" * 100_000)
        assert len(os.listdir(tmp_path)) == 1  # so far under another name
    assert os.listdir(tmp_path) == []
    with pytest.raises(KeyError), AtomicFile(tmp_path / "a.csv"):
        raise KeyError
    assert os.listdir(tmp_path) == []


def test_never_over_another_file_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"A file called a\.csv already exists"):
        write(path, "new")
    assert path.read_text() == "mine"
    write(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_nor_over_one_that_came_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with AtomicFile(path) as file:
        path.write_text("somebody else's")
        with pytest.raises(FileExistsError):
            file.settle()
    assert path.read_text() == "somebody else's"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_nor_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write(path, "new")
    assert os.listdir(tmp_path) == ["a.csv"]
    assert not (tmp_path / "elsewhere").exists()


def no_links(*_: object) -> None:
    raise PermissionError("no hard links here")


def test_without_hard_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    write(tmp_path / "a.csv", "new")
    assert (tmp_path / "a.csv").read_text() == "new"
    with pytest.raises(FileExistsError):
        write(tmp_path / "a.csv", "newer")
    with AtomicFile(tmp_path / "b.csv") as file:
        (tmp_path / "b.csv").write_text("somebody else's")
        with pytest.raises(FileExistsError):
            file.settle()
    assert (tmp_path / "b.csv").read_text() == "somebody else's"


def test_a_name_that_cannot_be_given_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="Input/output"):
        write(tmp_path / "a.csv", "new")
    assert os.listdir(tmp_path) == []


def test_no_folder_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere" / "a.csv", "x")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        write(tmp_path / "file" / "a.csv", "x")


@contextmanager
def full_from(size: int) -> Iterator[None]:
    """No file may be longer than ``size`` bytes: to a program that writes, the same as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("length", [5_000, 50_000])  # noticed when it is settled, or before
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, length: int) -> None:
    with full_from(4096), pytest.raises(OSError, match="too large"):
        write(tmp_path / "a.csv", "x" * length)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_one_may_not_write_into(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        write(tmp_path / "a.csv", "x")
