"""Files and folders of outputs: whole or not at all, whatever happens on the way."""

import errno
import inspect
import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geoplan import writing
from geoplan.errors import GeoplanError, InputError, PlaceUnavailable
from geoplan.messages import spoken
from geoplan.writing import folders, locks

DAY = "2026-06-30"
ROOT = Path(__file__).parents[2]

FILES = ("results.json", "map.html", "xa/01879.html")


def put(final: Path, number: int) -> None:
    """A set of outputs: every file says the same number, so that a cut, missing or mixed one shows."""
    with writing.new_folder(final, pointer="latest") as place:
        for name in FILES:
            writing.write_bytes(place / name, str(number).encode() * 20_000)


SET = f"""
import itertools, os, sys
from pathlib import Path
from geoplan import writing
from geoplan.writing import folders
FILES = {FILES!r}
{inspect.getsource(put)}
"""


def whole(folder: Path) -> str | None:
    """The number that every file of a set says; None if the set is not whole."""
    texts = {(folder / name).read_text() for name in FILES if (folder / name).is_file()}
    files = sum(p.is_file() for p in folder.rglob("*"))
    text = texts.pop() if len(texts) == 1 else ""
    number = text[: len(text) // 20_000]
    return number if number and files == len(FILES) and text == number * 20_000 else None


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def run_child(code: str, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SET + textwrap.dedent(code), *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(child: subprocess.Popen[str]) -> str:
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    return out.strip()


def test_a_file_appears_whole_and_alone(tmp_path: Path) -> None:
    writing.write_bytes(tmp_path / "a" / "tệp.txt", b"one")
    writing.write_bytes(tmp_path / "a" / "tệp.txt", b"two")
    assert (tmp_path / "a" / "tệp.txt").read_bytes() == b"two"
    assert names(tmp_path / "a") == ["tệp.txt"]


@pytest.mark.parametrize("stage", ["writer", "verify"])
def test_a_failed_file_leaves_the_old_one_and_nothing_else(tmp_path: Path, stage: str) -> None:
    path = tmp_path / "results.gpkg"
    path.write_bytes(b"old")

    def writer(temporary: Path) -> None:
        temporary.write_bytes(b"new")
        temporary.with_name(temporary.name + "-journal").write_bytes(b"sqlite's")
        if stage == "writer":
            raise ValueError("writer")

    def verify(temporary: Path) -> None:
        raise ValueError("verify")

    with pytest.raises(ValueError, match=stage):
        writing.write_file(path, writer, verify)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["results.gpkg"]


def test_a_file_that_reads_back_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"cut")
    with pytest.raises(PlaceUnavailable) as caught:
        writing.write_bytes(tmp_path / "a", b"whole")
    assert caught.value.key == "write.unverified"
    assert names(tmp_path) == []


def test_order_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is durable before the name is, and the name before anyone is told."""
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted(name: str, call: Callable[..., None]) -> Callable[..., None]:
        def inner(*args: object) -> None:
            calls.append(name)
            call(*args)

        return inner

    monkeypatch.setattr(os, "fsync", noted("fsync", fsync))
    monkeypatch.setattr(os, "replace", noted("replace", replace))
    writing.write_bytes(tmp_path / "a", b"1")
    assert calls == ["fsync", "replace", "fsync"]


def test_every_file_of_a_folder_is_durable_before_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def put_down(path: Path, data: bytes) -> None:
        seen.append(path.name)
        writing.write_bytes(path, data)

    monkeypatch.setattr(folders, "fsync", lambda path: seen.append(path.name))
    monkeypatch.setattr(folders, "write_bytes", put_down)
    put(tmp_path / DAY, 1)
    before = seen[: seen.index(locks.JOURNAL)]
    assert {"results.json", "map.html", "xa", "01879.html"} <= set(before)
    assert seen[-3:] == [tmp_path.name, "latest", tmp_path.name]


@pytest.fixture(params=["exchange", "two renames"])
def swap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(folders, "_exchange", lambda left, right: False)
    return str(request.param)


def test_the_old_folder_is_kept_by_its_hash_once(tmp_path: Path, swap: str) -> None:
    final = tmp_path / DAY
    for number in (1, 2, 2, 2, 1):
        put(final, number)
    assert whole(final) == "1"
    old = [n for n in names(tmp_path) if "~" in n]
    assert sorted(str(whole(tmp_path / n)) for n in old) == ["1", "2"]
    assert names(tmp_path) == sorted([DAY, *old, "latest"])
    assert (tmp_path / "latest").read_text() == DAY + "\n"


def test_an_old_folder_with_something_added_is_not_thrown_away(tmp_path: Path, swap: str) -> None:
    final = tmp_path / DAY
    put(final, 1)
    put(final, 1)
    (final / "ghi chú.txt").write_text("của anh Páo")
    put(final, 1)
    put(final, 1)
    assert len([n for n in names(tmp_path) if "~" in n]) == 2
    assert [p.name for p in tmp_path.rglob("ghi chú.txt")] == ["ghi chú.txt"]


def test_latest_names_the_newest_day(tmp_path: Path) -> None:
    for name in ("2026-06-30", "2025-12-31"):
        put(tmp_path / name, 1)
    (tmp_path / "2099-01-01~deadbeef").mkdir()
    (tmp_path / "ban_nhap").mkdir()
    put(tmp_path / "2025-12-31", 2)
    assert (tmp_path / "latest").read_text() == "2026-06-30\n"


def test_a_failed_block_leaves_nothing(tmp_path: Path) -> None:
    put(tmp_path / DAY, 1)
    before = names(tmp_path)

    def half() -> None:
        with writing.new_folder(tmp_path / DAY) as place:
            (place / "results.json").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert names(tmp_path) == before
    assert whole(tmp_path / DAY) == "1"


def test_a_swap_that_the_system_refuses_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows when QGIS has a file of the folder open: the second rename fails after the first."""
    final = tmp_path / DAY
    put(final, 1)
    rename = os.rename

    def refuse(old: Path, new: Path) -> None:
        if Path(new) == final and Path(old).name.endswith(".tmp"):
            raise PermissionError(errno.EACCES, "in use")
        rename(old, new)

    monkeypatch.setattr(folders, "_exchange", lambda left, right: False)
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PlaceUnavailable) as caught:
        put(final, 2)
    assert str(final) in caught.value.problems[0].where
    monkeypatch.undo()
    assert names(tmp_path) == [DAY, "latest"]
    assert whole(final) == "1"
    assert writing.recover(tmp_path) == ()


KILLS = 50


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_killed_at_any_moment(tmp_path: Path, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Old or new stands complete after every kill (with two renames: after `recover`), and nothing else is left."""
    maps, seed, cut, absent, began = tmp_path / "maps", random.Random(20260630), 0, 0, time.monotonic()
    put(maps / DAY, 0)
    code = """
        if sys.argv[2] != "exchange":
            folders._exchange = lambda left, right: False
        print("ready", flush=True)
        for number in itertools.count(int(sys.argv[3])):
            put(Path(sys.argv[1]) / "2026-06-30", number % 7)
    """
    for number in range(KILLS):
        with run_child(code, maps, way, number) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(seed.uniform(0.0, 0.06))
            child.kill()
        folder = maps / DAY
        assert whole(folder) is not None or (way != "exchange" and not folder.exists())
        absent += not folder.exists()
        cut += bool(writing.recover(maps))
        assert whole(folder) is not None
        assert all(whole(maps / n) is not None for n in names(maps) if "~" in n)
        assert not [n for n in names(maps) if n.startswith(".")]
        assert writing.recover(maps) == ()
    with capsys.disabled():
        spent = time.monotonic() - began
        sys.stdout.write(f"\n{KILLS} kills ({way}): {cut} left work, {absent} with the name free, {spent:.1f} s\n")
    assert cut >= 5


def _stops() -> Iterator[tuple[str, int]]:
    for way in ("exchange", "two renames"):
        yield from ((way, number) for number in range(1, 30))


@pytest.mark.parametrize(("way", "stop"), list(_stops()))
def test_killed_before_every_single_step(tmp_path: Path, way: str, stop: int) -> None:
    """Not by chance: the process dies just before its n-th rename, unlink, exchange or fsync of a second run."""
    code = """
        import ctypes, shutil
        final, way, stop = Path(sys.argv[1]) / "2026-06-30", sys.argv[2], int(sys.argv[3])
        put(final, 1); put(final, 2); put(final, 1)
        left = stop
        def dying(call):
            def inner(*args, **kwargs):
                global left
                left -= 1
                if left == 0:
                    os._exit(9)
                return call(*args, **kwargs)
            return inner
        exchange = folders._exchange if way == "exchange" else lambda left, right: False
        with writing.new_folder(final, pointer="latest") as place:
            for name in FILES:
                writing.write_bytes(place / name, b"2" * 20_000)
            for name in ("rename", "replace", "unlink", "mkdir", "rmdir"):
                setattr(os, name, dying(getattr(os, name)))
            folders._exchange = dying(exchange)
    """
    child = run_child(code, tmp_path, way, stop)
    assert child.wait(timeout=60) in (0, 9)
    folder = tmp_path / DAY
    assert whole(folder) in ("1", "2") or (way != "exchange" and not folder.exists())
    stood = whole(folder)
    writing.recover(tmp_path)
    assert whole(folder) in (["2"] if stood == "2" else ["1", "2"])  # what was published stays so
    kept = [n for n in names(tmp_path) if "~" in n]
    assert names(tmp_path) == sorted([DAY, *kept, "latest"])
    assert {whole(tmp_path / n) for n in (*kept, DAY)} == {"1", "2"}
    child.communicate()


def test_four_runs_at_once_leave_one_complete_copy(tmp_path: Path) -> None:
    code = """
        for turn in range(8):
            writing.recover(Path(sys.argv[1]))
            put(Path(sys.argv[1]) / "2026-06-30", int(sys.argv[2]))
    """
    runs = [run_child(code, tmp_path, number) for number in (1, 2, 3, 4)]
    for child in runs:
        output(child)
    assert whole(tmp_path / DAY) in ("1", "2", "3", "4")
    kept = [n for n in names(tmp_path) if "~" in n]
    assert names(tmp_path) == sorted([DAY, *kept, "latest"])
    assert {whole(tmp_path / n) for n in (*kept, DAY)} == {"1", "2", "3", "4"}
    assert len(kept) <= 4


def test_kills_among_live_runs(tmp_path: Path) -> None:
    """Three runs write, clear and recover at once, and are killed and replaced one by one."""
    code = """
        final = Path(sys.argv[1]) / "2026-06-30"
        for number in itertools.count(int(sys.argv[2])):
            writing.recover(final.parent)
            put(final, number % 5)
    """
    seed = random.Random(4)
    put(tmp_path / DAY, 0)
    runs = [run_child(code, tmp_path, number) for number in range(3)]
    for number in range(12):
        time.sleep(seed.uniform(0.05, 0.2))
        victim = runs.pop(0)
        assert victim.poll() is None, victim.communicate()
        victim.kill()
        victim.communicate()
        assert whole(tmp_path / DAY) is not None
        runs.append(run_child(code, tmp_path, number))
    for child in runs:
        assert child.poll() is None, child.communicate()
        child.kill()
        child.communicate()
    writing.recover(tmp_path)
    kept = [n for n in names(tmp_path) if "~" in n]
    assert names(tmp_path) == sorted([DAY, *kept, "latest"])
    assert all(whole(tmp_path / n) is not None for n in (DAY, *kept))


def test_recover_leaves_a_live_run_alone(tmp_path: Path) -> None:
    (tmp_path / ".2026-06-30.g0123456789abcdef.tmp").mkdir()
    (tmp_path / ".keep.tmp").mkdir()
    with writing.new_folder(tmp_path / DAY) as place:
        (place / "a").write_text("1")
        assert writing.recover(tmp_path) == (".2026-06-30.g0123456789abcdef.tmp",)
        assert (place / "a").exists()
    assert names(tmp_path) == [".keep.tmp", DAY, "latest"]


def test_recover_of_nothing_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", None)
    assert writing.recover(tmp_path) == ()
    assert writing.recover(tmp_path / "absent") == ()


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"final": "a"}',
        "[" * 100_000,
        json.dumps({"final": "../a", "new": "", "pointer": "", "temporary": ".a.g0123456789abcdef.tmp"}),
        json.dumps({"final": "a", "new": "", "pointer": "", "temporary": "layers"}),
        json.dumps({"final": "a", "new": "", "pointer": "../x", "temporary": ".a.g0123456789abcdef.tmp"}),
    ],
)
def test_a_journal_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / locks.JOURNAL).write_text(text)
    (tmp_path / "layers").mkdir()
    with pytest.raises(PlaceUnavailable) as caught:
        writing.recover(tmp_path)
    assert caught.value.key == "write.journal"
    assert (tmp_path / "layers").is_dir()


def test_links_are_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "a").write_text("kept")
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / DAY).symlink_to(victim, target_is_directory=True)
    (tmp_path / "a").symlink_to(victim / "a")
    with pytest.raises(PlaceUnavailable) as caught:
        put(tmp_path / "maps" / DAY, 1)
    assert caught.value.key == "write.symlink"
    with pytest.raises(PlaceUnavailable) as caught:
        writing.write_bytes(tmp_path / "a", b"over")
    assert caught.value.key == "write.symlink"
    assert (victim / "a").read_text() == "kept"
    assert names(victim) == ["a"]
    (tmp_path / "x").write_text("a file")
    with pytest.raises(PlaceUnavailable) as caught:
        put(tmp_path / "x", 1)
    assert caught.value.key == "write.not_a_folder"
    for below in ("x/a", "x/maps/a"):
        with pytest.raises(PlaceUnavailable) as caught:
            writing.write_bytes(tmp_path / below, b"over")
        assert caught.value.key == "write.not_a_folder"
        assert caught.value.problems[0].facts["path"] == str(tmp_path / "x")


def test_inputs_are_never_written_over(tmp_path: Path) -> None:
    source = tmp_path / DAY / "rung.shp"
    source.parent.mkdir()
    source.write_text("lots")
    with pytest.raises(InputError) as caught, writing.new_folder(tmp_path / DAY, inputs=[source]):
        pass
    assert caught.value.key == "write.over_input"
    with pytest.raises(InputError):
        writing.refuse_inputs(source, [source])
    writing.refuse_inputs(tmp_path / DAY / "results.json", [source])
    assert names(tmp_path / DAY) == ["rung.shp"]


READ_ONLY = """
    from geoplan.errors import PlaceUnavailable
    from geoplan.messages import catalogue, spoken
    catalogue()
    place = Path(sys.argv[1])
    if os.geteuid() == 0:
        os.seteuid(65534)
    for attempt in (
        lambda: writing.check_writable(place), lambda: writing.check_writable(place / "maps" / "x"),
        lambda: writing.write_bytes(place / "a", b""), lambda: put(place / "2026-06-30", 2),
    ):
        try:
            attempt()
        except PlaceUnavailable as error:
            print(error.key, str(place) in spoken(error.problems[0]).found)
"""


def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    place = tmp_path / "ro"
    put(place / DAY, 1)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
    place.chmod(0o555)
    before = names(place)
    try:
        assert output(run_child(READ_ONLY, place)).splitlines() == ["write.not_writable True"] * 4
        assert names(place) == before
        assert whole(place / DAY) == "1"
    finally:
        place.chmod(0o755)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EIO])
def test_other_words_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def broken(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(PlaceUnavailable) as caught:
        writing.write_bytes(tmp_path / "a", b"1")
    assert caught.value.key == ("write.not_writable" if code == errno.EROFS else "write.failed")
    assert names(tmp_path) == []


@pytest.mark.parametrize("limit", [0, 1, 100, 19_999, 20_000, 59_999])
def test_a_file_too_large_for_the_place(tmp_path: Path, limit: int) -> None:
    """RLIMIT_FSIZE cuts each file as a full disk does."""
    put(tmp_path / DAY, 1)
    code = """
        import resource
        from geoplan.errors import PlaceUnavailable
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
        try:
            put(Path(sys.argv[1]) / "2026-06-30", 222)
        except PlaceUnavailable as error:
            print(error.key, error.problems[0].where != "")
    """
    assert output(run_child(code, tmp_path, limit)) == "write.disk_full True"
    assert whole(tmp_path / DAY) == "1"
    assert names(tmp_path) == [DAY, "latest"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None
    if mounted:
        words = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up_at_every_size(small_disk: Path) -> None:
    put(small_disk / DAY, 1)
    refused, keys = 0, set()
    for kilobytes in range(0, 260, 12):
        filler = small_disk / "filler"
        try:
            filler.write_bytes(b"." * 1024 * kilobytes)
        except OSError:
            filler.write_bytes(b"")
            filler.unlink()
            break
        before = whole(small_disk / DAY)
        try:
            put(small_disk / DAY, 2 if before == "1" else 1)
        except PlaceUnavailable as error:
            keys.add(error.key)
            refused += 1
        else:
            before = whole(small_disk / DAY)
        assert whole(small_disk / DAY) == before
        assert whole(small_disk / DAY) in ("1", "2")
        assert not [n for n in names(small_disk) if n.startswith(".")]
        filler.unlink()
        for name in names(small_disk):
            if "~" in name:
                shutil.rmtree(small_disk / name)
    assert refused > 3
    assert keys == {"write.disk_full"}


def test_sigterm_in_the_block_leaves_what_recover_clears(tmp_path: Path) -> None:
    code = """
        with writing.new_folder(Path(sys.argv[1]) / "2026-06-30") as place:
            (place / "a").write_text("half")
            print("ready", flush=True)
            import time; time.sleep(60)
    """
    with run_child(code, tmp_path) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert writing.recover(tmp_path) == ()
        child.terminate()
    assert len(writing.recover(tmp_path)) == 1
    assert names(tmp_path) == []


def test_every_refusal_can_be_said(tmp_path: Path) -> None:
    try:
        writing.refuse_inputs(tmp_path, [tmp_path / "a"])
    except GeoplanError as error:
        for lang in ("vi", "en"):
            said = spoken(error.problems[0], lang)
            assert str(tmp_path) in said.found
            assert said.fix
