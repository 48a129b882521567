"""A campaign: good files are broken by seed and opened in a child.

Every end that is not "read", "told" or "refused" is a finding, and its files are kept.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import MAKERS, Seed

ROOT = Path(__file__).parents[2]
GOOD = ("read", "told", "refused")
SECONDS = 60.0
"""Longest that a case may take."""


@dataclass(slots=True)
class Campaign:
    """What came of it: counts by seed and outcome, and the findings."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[dict[str, str]] = field(default_factory=list)
    slowest: float = 0.0


def cases(names: Sequence[str], first: int, count: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Folders of `count` cases, seeds in turn: name of the folder and of the seed."""
    seeds: dict[str, Seed] = {name: MAKERS[name]() for name in names}
    for number in range(first, first + count):
        name = names[number % len(names)]
        seed = seeds[name]
        place = folder / f"{name}-{number}"
        place.mkdir()
        part = seed.parts[(number // len(names)) % len(seed.parts)]
        for file, content in seed.files.items():
            (place / file).write_bytes(mutated(content, number) if file == part else content)
        case = {"role": seed.role, "opened": seed.opened, "crs": seed.crs, "mend": number // len(names) % 2}
        (place / "case.json").write_text(json.dumps(case), encoding="utf-8")
        yield place.name, name


def run(names: Sequence[str], first: int, count: int, folder: Path) -> Campaign:
    """Break and open; files of good ends are removed, those of findings stay in `folder`."""
    made, found = list(cases(names, first, count, folder)), Campaign()
    waiting = made[::-1]
    while waiting:
        with _Child(folder) as child:
            while waiting:
                place, seed = waiting.pop()
                answer = child.ask(place)
                found.counts[seed, answer["outcome"]] += 1
                found.slowest = max(found.slowest, float(answer.get("seconds", 0)))
                if answer["outcome"] in GOOD:
                    for path in (folder / place).iterdir():
                        path.unlink()
                    (folder / place).rmdir()
                else:
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

    def ask(self, name: str) -> dict[str, str]:
        assert self.process.stdin is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        try:
            line = self.lines.get(timeout=SECONDS)
        except queue.Empty:
            return {"outcome": "hung", "cause": f"no end after {SECONDS:.0f} s"}
        if not line:
            return {"outcome": "died", "cause": f"code {self.process.wait()}: {''.join(self.noise)[-800:]}"}
        answer: dict[str, str] = json.loads(line)
        return answer
