"""A campaign: good files are broken by seed and opened in a child.

Every end that is not "read", "told" or "refused" is a finding, and its files are kept. A file that is read without a
word and gives other figures than the good one is "silent": many such are only another good file, so they are counted,
and kept for a look where that is asked for.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.fuzz.mutations import mutated
from tests.fuzz.opener import differ
from tests.fuzz.seeds import MAKERS, Seed
from tests.fuzz.structures import broken

ROOT = Path(__file__).parents[2]
GOOD = ("read", "told", "refused")
SECONDS = 60.0
"""Longest that a case may take."""


@dataclass(slots=True)
class Campaign:
    """What came of it: counts by seed and outcome, the findings, and the silent cases with both figures."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[dict[str, Any]] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    slowest: float = 0.0


def cases(names: Sequence[str], first: int, count: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Folders of `count` cases, seeds in turn: name of the folder and of the seed."""
    seeds: dict[str, Seed] = {name: MAKERS[name]() for name in names}
    for number in range(first, first + count):
        name = names[number % len(names)]
        seed = seeds[name]
        place = folder / f"{name}-{number}"
        place.mkdir()
        turn = number // len(names)
        part = seed.parts[turn % len(seed.parts)]
        files = broken(seed.files, name, number) if turn % 5 >= 3 else dict(seed.files)
        if files == seed.files:
            files[part] = mutated(files[part], number)
        _laid(place, seed, files, mend=turn % 2)
        yield place.name, name


def _laid(place: Path, seed: Seed, files: Mapping[str, bytes], *, mend: int) -> None:
    for file, content in files.items():
        (place / file).write_bytes(content)
    case = {"role": seed.role, "opened": seed.opened, "crs": seed.crs, "mend": mend}
    (place / "case.json").write_text(json.dumps(case), encoding="utf-8")


def run(names: Sequence[str], first: int, count: int, folder: Path, *, keep_silent: bool = False) -> Campaign:
    """Break and open; files of good ends are removed, those of findings stay in `folder`."""
    made, found = list(cases(names, first, count, folder)), Campaign()
    good: dict[str, Any] = {}
    for name in names:
        (folder / f"{name}-good").mkdir()
        _laid(folder / f"{name}-good", seed := MAKERS[name](), seed.files, mend=0)
    made = [(f"{name}-good", name) for name in names] + made
    waiting = made[::-1]
    while waiting:
        with _Child(folder) as child:
            while waiting:
                place, seed = waiting.pop()
                answer = child.ask(place)
                if place == f"{seed}-good":
                    good[seed] = answer["figures"]
                else:
                    found.counts[seed, answer["outcome"]] += 1
                silent = answer["outcome"] == "read" and differ(answer["figures"], good[seed])
                if silent:
                    found.silent.append(f"{place}: {answer['figures']} for {good[seed]}")
                found.slowest = max(found.slowest, float(answer.get("seconds", 0)))
                if answer["outcome"] in GOOD and not (silent and keep_silent):
                    for path in (folder / place).iterdir():
                        path.unlink()
                    (folder / place).rmdir()
                elif answer["outcome"] not in GOOD:
                    found.findings.append({**answer, "name": place})
                if answer["outcome"] in ("died", "hung"):
                    break
    return found


class _Child:
    """One opener; it is started again after a case that kills it or hangs."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, "-m", "tests.fuzz.opener", str(folder)]
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.noise: list[str] = []
        self.ears = (
            threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._hear, args=(self.process.stderr,), daemon=True),
        )
        for ear in self.ears:
            ear.start()

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for ear in self.ears:
            ear.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):  # words left for a child that is gone
                if stream is not None:
                    stream.close()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.put(line)
        self.lines.put("")

    def _hear(self, stream: IO[str]) -> None:
        self.noise += stream

    def ask(self, name: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        try:
            line = self.lines.get(timeout=SECONDS)
        except queue.Empty:
            return {"outcome": "hung", "cause": f"no end after {SECONDS:.0f} s"}
        if not line:
            return {"outcome": "died", "cause": f"code {self.process.wait()}: {''.join(self.noise)[-800:]}"}
        answer: dict[str, Any] = json.loads(line)
        return answer
