"""Temporary folders: gone at the end, named when their disk is full; names that a disk does not take."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplan import writing
from geoplan.errors import InputError, PlaceUnavailable, Problem
from geoplan.messages import spoken
from geoplan.writing import locks
from geoplan.writing.names import LONGEST_PATH, refuse_unfit
from geoplan.writing.scratch import scratch_place


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of 256 kB."""
    place = tmp_path / "tam"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if (
        not hasattr(os, "geteuid")
        or os.geteuid() != 0
        or shutil.which("mount") is None
        or subprocess.run(words, capture_output=True, check=False).returncode
    ):
        pytest.skip("no right to mount a small disk")
    monkeypatch.setattr("tempfile.tempdir", str(place))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def failing(place: Path) -> None:
    (place / "a").write_text("1")
    raise ZeroDivisionError


def test_it_is_gone_at_the_end(own: Path) -> None:
    with writing.scratch() as place:
        (place / "a" / "b").mkdir(parents=True)
        (place / "a" / "b" / "c").write_text("1")
        assert place.name.startswith(f"geoplan-{os.getpid()}-")
    with pytest.raises(ZeroDivisionError), writing.scratch() as place:
        failing(place)
    assert list(own.iterdir()) == []


def test_errors_of_the_block_pass_where_there_is_room(own: Path) -> None:
    with pytest.raises(OSError, match="disk I/O"), writing.scratch():
        raise OSError(5, "disk I/O")
    with pytest.raises(InputError), writing.scratch():
        raise InputError(Problem("layer.file_broken", "a", {"cause": ""}))


def fill_by_python(place: Path) -> None:
    (place / "a").write_bytes(b"." * 400_000)


def fill_by_sqlite(place: Path) -> None:
    base = sqlite3.connect(place / "a.db")
    try:
        base.execute("CREATE TABLE a (b)")
        base.executemany("INSERT INTO a VALUES (?)", [("." * 10_000,)] * 60)
        base.commit()
    finally:
        base.close()


def fill_and_call_it_a_broken_file(place: Path) -> None:
    try:
        fill_by_python(place)
    except OSError:
        raise InputError(Problem("layer.file_broken", "a.shp", {"cause": "failed to write"})) from None


@pytest.mark.parametrize("fill", [fill_by_python, fill_by_sqlite, fill_and_call_it_a_broken_file])
def test_a_full_disk_is_named_whatever_the_library_says(small: Path, fill: object) -> None:
    assert callable(fill)
    with pytest.raises(PlaceUnavailable) as caught, writing.scratch() as place:
        fill(place)
    assert caught.value.key == "write.scratch_full"
    assert caught.value.exit_code == 6
    for lang in ("vi", "en"):
        assert str(small) in spoken(caught.value.problems[0], lang).found
    assert list(small.iterdir()) == []


def test_a_disk_so_full_that_no_folder_can_be_made(small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with pytest.raises(PlaceUnavailable) as caught, writing.scratch():
        pass
    assert caught.value.key in ("write.no_scratch", "write.scratch_full")
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)


def test_no_temporary_folder_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    monkeypatch.setenv("TMPDIR", "/nowhere")
    with pytest.raises(PlaceUnavailable) as caught:
        scratch_place()
    assert caught.value.key == "write.no_scratch"
    assert "/nowhere" in spoken(caught.value.problems[0]).found


def test_the_folder_one_stands_in_is_never_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python's last resort is the current folder: it may be the project's."""
    monkeypatch.chdir(tmp_path)
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(PlaceUnavailable):
        scratch_place()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert scratch_place() == tmp_path


@pytest.mark.parametrize("name", ["CON", "nul.gpkg", "com1.txt", "LPT¹", "a.", "a ", "maps/aux/b", "a./b"])
def test_names_that_windows_does_not_take(name: str) -> None:
    with pytest.raises(PlaceUnavailable) as caught:
        refuse_unfit(Path(name), windows=True)
    assert caught.value.key == "write.name_reserved"
    refuse_unfit(Path(name), windows=False)


def test_paths_that_windows_does_not_reach(tmp_path: Path) -> None:
    refuse_unfit(Path("Xã Cao Minh/maps/../2026-06-30"), windows=True)
    with pytest.raises(PlaceUnavailable) as caught:
        refuse_unfit(tmp_path / ("b" * LONGEST_PATH), windows=True)
    assert caught.value.key == "write.name_too_long"
    assert "b" * 50 in spoken(caught.value.problems[0]).found


def published(path: Path) -> None:
    with writing.new_folder(path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="a limit of POSIX disks")
@pytest.mark.parametrize("write", ["file", "folder", "check"])
def test_a_name_longer_than_the_disk_takes(tmp_path: Path, write: str) -> None:
    path = tmp_path / ("a" * 300) / "b"
    ways = {
        "file": lambda: writing.write_bytes(path, b"1"),
        "check": lambda: writing.check_writable(path),
        "folder": lambda: published(path),
    }
    with pytest.raises(PlaceUnavailable) as caught:
        ways[write]()
    assert caught.value.key == "write.name_too_long"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("planted", ["before", "while"])
def test_a_link_under_the_temporary_name_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """Somebody who sees the lock appear may plant a link where the file will be."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    monkeypatch.setattr(locks.secrets, "token_hex", lambda n: "0" * 2 * n)
    temporary = tmp_path / f".out.txt.g{'0' * 16}.tmp"

    def writer(path: Path) -> None:
        if planted == "while":
            made = path.with_name("made")
            made.write_text("theirs")
            temporary.symlink_to(victim)
            made.unlink()
        else:
            path.write_text("ours")

    if planted == "before":
        temporary.symlink_to(victim)
    with pytest.raises(PlaceUnavailable) as caught:
        writing.write_file(tmp_path / "out.txt", writer)
    assert caught.value.key == "write.symlink"
    assert victim.read_text() == "mine"
    assert not (tmp_path / "out.txt").exists()
    temporary.symlink_to(victim)
    with pytest.raises(PlaceUnavailable):
        writing.write_bytes(tmp_path / "out.txt", b"1")
    assert victim.read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_under_the_name_of_the_lock_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    monkeypatch.setattr(locks.secrets, "token_hex", lambda n: "0" * 2 * n)
    (tmp_path / f".out.txt.g{'0' * 16}.tmp.lock").symlink_to(victim)
    with pytest.raises(PlaceUnavailable):
        writing.write_bytes(tmp_path / "out.txt", b"1")
    assert not victim.exists()


def test_a_writer_that_finds_the_temporary_folder_full_names_it(small: Path) -> None:
    """Not the file on its way, and not --out, which cannot help."""
    with pytest.raises(PlaceUnavailable) as caught, writing.scratch() as place:
        writing.write_bytes(place / "big.tif", b"." * 5_000_000)
    (problem,) = caught.value.problems
    assert problem.key == "write.scratch_full"
    found = spoken(problem, "vi")
    assert str(small) in found.found
    assert "big.tif" in found.found
    assert "TMPDIR" in found.fix
    with pytest.raises(PlaceUnavailable) as caught, writing.scratch():
        raise PlaceUnavailable(Problem("write.disk_full", "D:/maps/a", {"path": "D:/maps/a"}))
    assert caught.value.key == "write.disk_full"
