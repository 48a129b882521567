"""One way to the disk: no room opens a file for writing, renames or makes a temporary folder but by `writing`.

Read in the source. What may write outside of it writes into a folder that `scratch` or `write_file` has given.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import geoplan

HOME = Path(geoplan.__file__).parent
INTO_SCRATCH = {
    ("write", "formats/places.py"): "copies of the user's files, into a folder of `scratch`",
    ("write", "formats/shapefile.py"): "a rebuilt index beside the copy",
    ("write", "formats/guarded.py"): "the words of the child, in its own folder",
    ("write", "formats/guarded_child.py"): "the outcome of the child, in its own folder",
    ("write", "intake/landing.py"): "made in a folder of `scratch`, then handed to `write_file`",
    ("temporary", "exports/database.py"): "beside the temporary name that `write_file` gave",
    ("rename", "exports/database.py"): "onto the temporary name that `write_file` gave",
    ("write", "cli/__init__.py"): "os.devnull, for the interpreter's last flush",
    ("write", "formats/archives.py"): "members of a zip, into a folder of `scratch`",
    ("write", "formats/dxf.py"): "the copy, into a folder of `scratch`",
    ("write", "formats/filegdb.py"): "the copy's folder, in one of `scratch`",
    ("write", "formats/mapinfo.py"): "the copy, into a folder of `scratch`",
    ("write", "formats/mif.py"): "the copy, into a folder of `scratch`",
    ("write", "imagery/unpacking.py"): "members of a zip, into a temporary folder of this process",
    ("temporary", "imagery/unpacking.py"): "as long as the process: `scratch` is as long as a block",
    ("write", "imagery/decoded.py"): "decoded bands, into a temporary folder of this process",
    ("rename", "imagery/decoded.py"): "decoded bands, inside a temporary folder of this process",
    ("temporary", "imagery/decoded.py"): "as long as the process: `scratch` is as long as a block",
    ("write", "rasters/cleaning.py"): "beside the temporary name that `write_file` gave",
    ("write", "demo/scene/faults.py"): "images of the demo that it spoils on purpose",
    ("rename", "demo/scene/faults.py"): "images of the demo that it spoils on purpose",
    ("remove", "demo/scene/faults.py"): "images of the demo that it spoils on purpose",
    ("remove", "cli/checking.py"): "its own page of problems that are no more",
    ("remove", "imagery/store.py"): "stacks that are made again when they are wanted",
}
MODES = set("wax+")


def sources() -> list[Path]:
    return sorted(
        p for p in HOME.rglob("*.py") if "__pycache__" not in p.parts and p.relative_to(HOME).parts[0] != "writing"
    )


def name_of(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def findings(path: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        for rule in rules(node):
            if (rule, path) not in INTO_SCRATCH:
                yield f"{rule} {getattr(node, 'lineno', 0)}"


def rules(node: ast.AST) -> Iterator[str]:
    if (
        isinstance(node, ast.ImportFrom)
        and node.module == "tempfile"
        and any(a.name != "gettempdir" for a in node.names)
    ):
        yield "temporary"
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    of = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if of == "tempfile" and name != "gettempdir":
        yield "temporary"
    if name == "open" and writes(node):
        yield "write"
    if (
        name in {"write_text", "write_bytes", "touch", "mkdir", "makedirs", "tofile", "savez", "savetxt"}
        and not of.endswith("writing")
        and of not in {"", "files"}
    ):
        yield "write"
    if name in {"copy", "copy2", "copyfile", "copytree", "move"} and of == "shutil":
        yield "write"
    replaces = name == "replace" and len(node.args) == 1 and of not in {"", "dataclasses"} and not node.keywords
    of_table = any(isinstance(a, ast.Dict) for a in node.args) or any(k.arg == "columns" for k in node.keywords)
    if (name in {"rename", "renames", "hardlink_to", "symlink_to"} or replaces) and not of_table:
        yield "rename"
    if (name in {"unlink", "rmdir"}) or (of in {"os", "shutil"} and name in {"remove", "rmtree", "removedirs"}):
        yield "remove"


def writes(node: ast.Call) -> bool:
    """True for a mode that writes; a mode that cannot be read counts as one."""
    given = [k.value for k in node.keywords if k.arg == "mode"]
    at = (
        0
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") not in {"rasterio", "io"}
        else 1
    )
    given += node.args[at : at + 1]
    modes = [g.value for g in given if isinstance(g, ast.Constant) and isinstance(g.value, str)]
    return any(set(mode) & MODES and set(mode) <= set("rwaxbt+") for mode in modes)


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_else_writes(path: Path) -> None:
    assert list(findings(name_of(path), path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "open(path, 'w')",
        "open(path, mode='ab')",
        "path.open('wb')",
        "path.write_text('a')",
        "path.write_bytes(b'a')",
        "rasterio.open(path, 'w', **profile)",
        "os.makedirs(path)",
        "tempfile.mkdtemp()",
        "tempfile.TemporaryDirectory()",
        "from tempfile import NamedTemporaryFile",
        "shutil.copy(a, b)",
        "os.rename(a, b)",
        "path.replace(other)",
        "path.unlink()",
        "shutil.rmtree(path)",
        "np.savez(path, a)",
    ],
)
def test_what_is_planted_is_found(text: str) -> None:
    assert list(findings("site/planted.py", text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "path.open('rb')",
        "open(path)",
        "writing.write_bytes(path, b'')",
        "text.replace('a', 'b')",
        "frame.rename(columns={'a': 'b'})",
        "replace(spec, path=path)",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert list(findings("site/planted.py", text)) == []
