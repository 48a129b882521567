"""SIGKILL at fifty moments of a run: under the final name stands nothing or one whole set, and the next run is a clean run."""

import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from geoplan import outputs
from geoplan.project import open_project
from geoplan.runs import survey
from tests.end_to_end import writer
from tests.end_to_end.world import DAY, OUTPUTS, call, copy_of, environment, hashes

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")]
SEED = 20260630
BY_TIME, BY_STEP, WHOLE = 22, 18, 10
Whole = dict[str, str]
"""File name to SHA-256 of one complete folder of outputs."""


@dataclass(frozen=True)
class Prepared:
    """The demo told in two languages, so that every file of the old run differs from the new one's."""

    folder: Path
    told: outputs.Told
    file: Path
    old: Path
    clean: Whole
    before: Whole


@pytest.fixture(scope="module")
def prepared(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    place = tmp_path_factory.mktemp("kill")
    project = open_project(copy_of(demo_folder, place / "xa"))
    run = survey(project)
    told, old = (outputs.tell(project, run, lang) for lang in ("vi", "en"))
    (place / "told").write_bytes(pickle.dumps(told))
    clean, before = (hashes(outputs.write(each, place / lang)) for each, lang in ((told, "vi"), (old, "en")))
    assert sorted(clean) == list(OUTPUTS)
    assert {name for name in clean if clean[name] != before[name]} >= {
        "log.txt",
        "map.html",
        "results.json",
        "results.xlsx",
    }
    return Prepared(place / "xa", told, place / "told", place / "en", clean, before)


def begin(prepared: Prepared, place: Path, step: int = 0) -> subprocess.Popen[str]:
    words = [sys.executable, str(Path(writer.__file__)), str(prepared.file), str(place), *([str(step)] if step else [])]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> bool:
    """True where the process was killed before it had done its work."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL)
    return "done" not in (out or "")


def standing(place: Path, allowed: dict[str, Whole]) -> str:
    """What stands under the final name: the name of an allowed set, or ``nothing``. Anything else fails."""
    final = place / DAY
    for aside in place.glob(f"{DAY}~*"):
        assert hashes(aside) in allowed.values(), f"{aside.name} is no whole set"
    pointer = place / "latest"
    assert not pointer.exists() or pointer.read_text(encoding="utf-8") == f"{DAY}\n"
    if not final.exists():
        return "nothing"
    found = hashes(final)
    assert sorted(found) == list(OUTPUTS)
    json.loads((final / "results.json").read_text(encoding="utf-8"))
    assert (final / "map.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    names = [name for name, whole in allowed.items() if whole == found]
    assert names, "a mixture stands under the final name"
    return names[0]


def after(place: Path, whole: Whole, count: int) -> None:
    """What a clean run leaves, and nothing of the killed one."""
    assert hashes(place / DAY) == whole
    left = [
        p.name
        for p in place.iterdir()
        if p.name not in (DAY, "latest", "README.txt") and not p.name.startswith(f"{DAY}~")
    ]
    assert left == []
    assert len(list(place.glob(f"{DAY}~*"))) <= count
    assert (place / "latest").read_text(encoding="utf-8") == f"{DAY}\n"


def test_killed_while_it_writes(prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty-two moments by the clock, eighteen by the step (the swap itself takes a few milliseconds)."""
    chance = random.Random(SEED)
    allowed = {"old": prepared.before, "new": prepared.clean}
    span, steps = measured(prepared, tmp_path)
    moments = [("time", chance.uniform(0, 1.05) * span) for _ in range(BY_TIME)]
    late = [max(1, steps - n) for n in range(BY_STEP - 4)]
    moments += [("step", float(step)) for step in (*late, *chance.sample(range(1, max(6, steps - BY_STEP + 4)), 4))]
    chance.shuffle(moments)
    found: Counter[str] = Counter()
    places = [tmp_path / f"out{i}" for i in range(len(moments))]
    ahead = begin(prepared, places[0], int(moments[0][1]) if moments[0][0] == "step" else 0)
    for i, (kind, moment) in enumerate(moments):
        process, place, over = ahead, places[i], i % 2 == 1
        if over:
            shutil.copytree(prepared.old, place)
        if i + 1 < len(moments):
            ahead = begin(prepared, places[i + 1], int(moments[i + 1][1]) if moments[i + 1][0] == "step" else 0)
        go(process)
        if kind == "time":
            time.sleep(moment)
            process.kill()
        killed = end(process)
        state = standing(place, allowed) if place.exists() else "nothing"
        assert state in ("new", "old" if over else "nothing"), (kind, moment, state)
        assert killed or state == "new"
        found[
            f"{kind}: {'over a good run' if over else 'first run'}, {'killed' if killed else 'done before'}, {state} stands"
        ] += 1
        if i % 4 < 2 or kind == "step":
            outputs.write(prepared.told, place)
            after(place, prepared.clean, 2)
    with capsys.disabled():
        sys.stdout.write(
            "\n".join(
                [
                    f"\n{len(moments)} kills of the writing phase ({span:.2f} s, {steps} steps):",
                    *(f"  {n} x {name}" for name, n in sorted(found.items())),
                    "",
                ]
            )
        )
    assert sum(n for name, n in found.items() if ", killed" in name) >= 0.7 * len(moments)


def measured(prepared: Prepared, place: Path) -> tuple[float, int]:
    """Seconds of one write on this machine at this moment, and its number of steps."""
    process = begin(prepared, place / "timed")
    go(process)
    start = time.monotonic()
    assert not end(process)
    span = time.monotonic() - start
    seen = 0

    def count(event: str, facts: tuple[object, ...]) -> None:
        nonlocal seen
        if counting and event in writer.STEPS and (event != "open" or writer.changes(facts)):
            seen += event == "ctypes.dlsym" or str(place / "counted") in str(facts[0])

    counting = True
    sys.addaudithook(count)
    shutil.copytree(prepared.old, place / "counted")
    seen = 0
    outputs.write(prepared.told, place / "counted")
    counting = False
    assert 10 < seen < 400, "the audit hook sees the writing"
    return span, seen


def test_killed_anywhere_in_the_command(prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten moments over the whole of ``geoplan run``, from the start of Python to the last line that it prints."""
    chance = random.Random(SEED + 1)
    place = prepared.folder / "maps"
    words = [sys.executable, "-m", "geoplan.cli", "run", str(prepared.folder), "--json"]
    start = time.monotonic()
    subprocess.run(words, env=environment(), check=True, capture_output=True)
    span = time.monotonic() - start
    clean = hashes(place / DAY)
    assert clean == prepared.clean
    allowed = {"old": prepared.before, "new": clean}
    found: Counter[str] = Counter()
    for i in range(WHOLE):
        over = i % 2 == 1
        shutil.rmtree(place, ignore_errors=True)
        if over:
            shutil.copytree(prepared.old, place)
        process = subprocess.Popen(
            words,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        time.sleep((i + chance.random()) / WHOLE * span)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        state = standing(place, allowed) if place.exists() else "nothing"
        assert state in ("new", "old" if over else "nothing")
        found[
            f"{'over a good run' if over else 'first run'}, {'killed' if process.returncode else 'done before'}, {state} stands"
        ] += 1
        said = call("run", prepared.folder)
        assert said.code == 0, said.err
        after(place, clean, 2)
    with capsys.disabled():
        sys.stdout.write(
            "\n".join(
                [
                    f"\n{WHOLE} kills of the whole command ({span:.2f} s):",
                    *(f"  {n} x {name}" for name, n in sorted(found.items())),
                    "",
                ]
            )
        )
