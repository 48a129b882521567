"""Not a test: a process that holds a told run and writes it when the word comes, to be killed on the way.

``python writer.py TOLD PLACE [STEP]``: says ``ready``, waits for a line, writes, says ``done``. With STEP it kills itself before that many
system calls that change a name or open a file for writing below PLACE.
"""

import os
import pickle
import signal
import sys
from pathlib import Path

from geoplan import outputs

STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "ctypes.dlsym"}


def main() -> None:
    told = pickle.loads(Path(sys.argv[1]).read_bytes())
    place, last = Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    say("ready")
    sys.stdin.readline()
    if last:
        die_before(str(place), last)
    outputs.write(told, place)
    say("done")


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def die_before(place: str, last: int) -> None:
    seen = 0

    def step(event: str, facts: tuple[object, ...]) -> None:
        nonlocal seen
        if event not in STEPS or (event == "open" and not changes(facts)):
            return
        if event == "ctypes.dlsym" or place in str(facts[0]):
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)


def changes(facts: tuple[object, ...]) -> bool:
    return isinstance(facts[2], int) and bool(facts[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    main()
