"""Every check of the project by one command: format, lint, types, floors, tests.

::

    python scripts/check.py [--fast] [words for pytest]

All steps run even if one fails; each is timed; the exit code is 1 if any failed. ``--fast`` leaves out the tests that
drive a browser or kill a process. pytest's closing line is said again at the very end, after the summary.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPREAD = ("-n", "auto", "--dist", "loadfile")
"""Tests run on every core, a file at a time; ``-n 0`` among pytest's words runs them one by one."""
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name and the words after this Python."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: exit code, seconds, and the last line that it printed."""

    step: Step
    code: int
    seconds: float
    last_line: str


def steps(pytest_words: Sequence[str], *, fast: bool) -> tuple[Step, ...]:
    """The checks in order, tests last."""
    left_out = ("-m", "not browser and not slow") if fast else ()
    return (
        Step("format", ("-m", "ruff", "format", "--check", ".")),
        Step("lint", ("-m", "ruff", "check", ".")),
        Step("types", ("-m", "mypy", "--strict", "geoplan")),
        Step("floors", ("-c", LINT_IMPORTS, "--no-logo")),
        Step("tests", ("-m", "pytest", *SPREAD, *left_out, *pytest_words)),
    )


def carry_out(step: Step) -> Outcome:
    """Run a step from the project's folder, printing what it prints."""
    print(f"\n== {step.name}", flush=True)
    began = time.monotonic()
    last_line = ""
    surroundings = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *step.words],
        cwd=ROOT,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last_line = line.rstrip() or last_line
    return Outcome(step, process.returncode, time.monotonic() - began, last_line)


def main(words: Sequence[str]) -> int:
    """Run all checks and sum them up."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description="format, lint, types, floors, tests; other words go to pytest")
    parser.add_argument("--fast", action="store_true", help="leave out tests marked browser or slow")
    chosen, pytest_words = parser.parse_known_args(words)
    outcomes = [carry_out(step) for step in steps(pytest_words, fast=chosen.fast)]
    print("\n== tóm tắt / summary")
    for outcome in outcomes:
        verdict = "đạt / ok" if outcome.code == 0 else f"HỎNG / FAILED ({outcome.code})"
        print(f"{outcome.step.name:<8}{outcome.seconds:7.1f} s  {verdict}")
    print(outcomes[-1].last_line, flush=True)
    return 1 if any(outcome.code for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
