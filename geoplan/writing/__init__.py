"""The only way to the disk: a temporary sibling, read back, fsync, rename; whole folders by a journal.

A kill, a full disk or a lost share at any moment leaves the old file or the new one under a final name, never a part.
Temporary names begin with a dot and end in ``.tmp``; a lock file beside each is held by its run, so that `recover` can
tell what a dead run left from what a live run is writing.
"""

from geoplan.writing.files import check_writable, refuse_inputs, write_bytes, write_file
from geoplan.writing.folders import new_folder, recover
from geoplan.writing.scratch import scratch

__all__ = ["check_writable", "new_folder", "recover", "refuse_inputs", "scratch", "write_bytes", "write_file"]
