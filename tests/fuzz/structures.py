"""Ways to break a file that know its format: a count, an offset, a cell, a table or an element becomes another one.

Random bytes seldom reach these places with the rest of the file left sound, which is how programs and people break files.
"""

import io
import json
import random
import re
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Files = dict[str, bytes]
_ODD = (None, True, -1, 0, 1e308, "", "NaN", "Đất", [], {}, [[]], "1,5", 2**70, "=1+1")
_WORDS = (
    "",
    "0",
    "-1",
    "999999999",
    "NaN",
    "A1",
    "XFD1048577",
    "s",
    "e",
    "str",
    "đ",
    "#REF!",
    "1e400",
    "&#0;",
    "&amp;",
)
_NUMBERS = (0, 1, 2, 3, 5, 7, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_SQL = (
    "DELETE FROM gpkg_geometry_columns", "DELETE FROM gpkg_contents", "DROP TABLE gpkg_contents", "DROP TABLE gpkg_spatial_ref_sys",
    "UPDATE gpkg_contents SET srs_id = 4326", "UPDATE gpkg_geometry_columns SET srs_id = 4326", "UPDATE gpkg_contents SET srs_id = 0",
    "UPDATE gpkg_geometry_columns SET srs_id = -1", "UPDATE gpkg_geometry_columns SET column_name = 'id'",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT'", "UPDATE gpkg_contents SET data_type = 'attributes'",
    "UPDATE gpkg_spatial_ref_sys SET definition = 'undefined'", "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 1",
    "UPDATE gpkg_ogr_contents SET feature_count = 3", "UPDATE rung SET geom = NULL WHERE fid = 2", "DELETE FROM rung WHERE fid = 1",
    "UPDATE rung SET geom = zeroblob(40) WHERE fid = 3", "UPDATE rung SET geom = substr(geom, 1, 60) WHERE fid = 4",
    "UPDATE rung SET geom = x'47500003' || substr(geom, 5) WHERE fid = 5", "UPDATE rung SET geom = 'POLYGON' WHERE fid = 6",
    "INSERT INTO rung (geom, maxa) SELECT geom, maxa FROM rung WHERE fid = 7", "UPDATE rung SET dtich = 'một'", "UPDATE rung SET lo = x'C7ED'",
    "UPDATE rung SET id = 1", "ALTER TABLE rung RENAME TO rung_cu", "ALTER TABLE rung RENAME COLUMN geom TO shape",
    "CREATE VIEW rung2 AS SELECT * FROM rung; INSERT INTO gpkg_contents (table_name, data_type) VALUES ('rung2', 'features')",
    "CREATE TRIGGER t AFTER UPDATE ON rung BEGIN DELETE FROM rung; END", "PRAGMA user_version = 99999", "PRAGMA application_id = 1",
)  # fmt: skip


def broken(files: Mapping[str, bytes], name: str, number: int) -> Files:
    """The dataset of a seed with one place of its structure changed; unchanged for a format without such ways."""
    chance = random.Random(number)
    ways = WAYS.get(name, ())
    return chance.choice(ways)(dict(files), chance) if ways else dict(files)


def _part(files: Files, ending: str) -> str:
    return next(name for name in files if name.endswith(ending))


def _put(data: bytes, at: int, form: str, value: int) -> bytes:
    made = bytearray(data)
    mask = (1 << (8 * struct.calcsize(form))) - 1
    made[at : at + struct.calcsize(form)] = (value & mask).to_bytes(
        struct.calcsize(form), "big" if form[0] == ">" else "little"
    )
    return bytes(made)


def _dbf(files: Files, chance: random.Random) -> Files:
    """Counts of the header, a field's type, length or decimals, a row's mark, a row moved, or left out with its count."""
    name = _part(files, ".dbf")
    data = files[name]
    rows, head, width = struct.unpack_from("<IHH", data, 4)
    fields = (head - 33) // 32
    field = 32 + 32 * chance.randrange(max(1, fields))
    row = head + width * chance.randrange(max(1, rows))
    other = head + width * chance.randrange(max(1, rows))
    files[name] = chance.choice(
        (
            lambda: _put(data, 4, "<I", rows + chance.choice((-1, 1, 100))),
            lambda: _put(data, 8, "<H", head + chance.choice((-32, -1, 1, 32))),
            lambda: _put(data, 10, "<H", width + chance.choice((-1, 1))),
            lambda: _put(data, field + 11, "<B", chance.choice(b"CNFDLMIB0@")),
            lambda: _put(data, field + 16, "<B", chance.randrange(256)),
            lambda: _put(data, field + 17, "<B", chance.randrange(256)),
            lambda: _put(data, row, "<B", chance.choice(b"* \0x")),
            lambda: data[:row] + data[row + width :],
            lambda: _put(data[:row] + data[row + width :], 4, "<I", rows - 1),
            lambda: data[:other] + data[row : row + width] + data[other + width :],
            lambda: data[:field] + data[32:64] + data[field + 32 :],
        )
    )()
    return files


def _shp(files: Files, chance: random.Random) -> Files:
    """Length, number, type, counts and part starts of a record; its bounds; a record left out, or twice."""
    name = _part(files, ".shp")
    data = files[name]
    spans, at = [], 100
    while at + 8 <= len(data):
        spans.append((at, 8 + 2 * struct.unpack_from(">i", data, at + 4)[0]))
        at += spans[-1][1]
    at, size = chance.choice(spans)
    files[name] = chance.choice(
        (
            lambda: _put(data, at, ">I", chance.choice(_NUMBERS)),
            lambda: _put(data, at + 4, ">I", size // 2 - 4 + chance.choice((-8, -1, 1, 8))),
            lambda: _put(data, at + 8, "<I", chance.choice((0, 1, 3, 5, 8, 11, 13, 15, 25, 31, 99))),
            lambda: _put(data, at + 44, "<I", chance.choice(_NUMBERS)),
            lambda: _put(data, at + 48, "<I", chance.choice(_NUMBERS)),
            lambda: _put(data, at + 52, "<I", chance.choice(_NUMBERS)),
            lambda: data[:at] + data[at + size :],
            lambda: data[: at + size] + data[at:],
            lambda: _put(data, chance.choice((24, 28, 32)), ">I", chance.choice(_NUMBERS)),
            lambda: data[: at + 12] + struct.pack("<4d", 0, 0, 1, 1) + data[at + 44 :],
        )
    )()
    return files


def _shx(files: Files, chance: random.Random) -> Files:
    """Entries exchanged, doubled, left out, or pointing elsewhere."""
    name = _part(files, ".shx")
    data = files[name]
    entries = [data[i : i + 8] for i in range(100, len(data), 8)]
    i, j = chance.randrange(len(entries)), chance.randrange(len(entries))
    way = chance.randrange(4)
    if way == 0:
        entries[i], entries[j] = entries[j], entries[i]
    elif way == 1:
        entries[i] = entries[j]
    elif way == 2:
        del entries[i]
    else:
        entries[i] = _put(entries[i], chance.choice((0, 4)), ">I", chance.choice(_NUMBERS))
    head = _put(data[:100], 24, ">I", (100 + 8 * len(entries)) // 2) if chance.random() < 0.7 else data[:100]
    files[name] = head + b"".join(entries)
    return files


def _left_out(files: Files, chance: random.Random) -> Files:
    """A part of the dataset is missing, or empty, or another part's bytes."""
    name = chance.choice(sorted(files)[1:] or sorted(files))
    way = chance.randrange(3)
    if way == 0 and len(files) > 1:
        del files[name]
    else:
        files[name] = b"" if way == 1 else files[chance.choice(sorted(files))]
    return files


def _geopackage(files: Files, chance: random.Random) -> Files:
    """Rows of the tables by which a GeoPackage describes itself, and cells of the layer."""
    name = _part(files, ".gpkg")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(files[name])
        with closing(sqlite3.connect(path)) as store:
            for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                store.execute(f'DROP TRIGGER "{trigger}"')  # they call functions that SQLite has not
            for _ in range(chance.choice((1, 1, 2))):
                with suppress(sqlite3.Error):
                    store.executescript(chance.choice(_SQL))
            store.commit()
        files[name] = path.read_bytes()
    return files


def _wkb(files: Files, chance: random.Random) -> Files:
    """Order, type or count of one geometry, found by how its WKB begins."""
    name = chance.choice(sorted(files))
    data = files[name]
    places = [m.start() for m in re.finditer(rb"\x01[\x03\x06]\0\0\0[\x01-\x04]\0\0\0", data)]
    if places:
        at = chance.choice(places)
        form, offset = chance.choice((("<B", 0), ("<I", 1), ("<I", 5), ("<I", 9)))
        files[name] = _put(data, at + offset, form, chance.choice(_NUMBERS))
    return files


def _json(files: Files, chance: random.Random) -> Files:
    """A value of the document left out, doubled, or another."""
    name = _part(files, "json")
    document = json.loads(files[name])
    files[name] = json.dumps(_node(document, chance)).encode()
    return files


def _node(document: Any, chance: random.Random) -> Any:
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        places += [(here, key) for key in keys]
        waiting += [here[key] for key in keys]
    deep = chance.random() < 0.5  # half of the places stand at most in a feature: coordinates would drown them
    short = [p for p in places if not isinstance(p[0], list) or len(p[0]) > 4] if not deep else places
    holder, key = chance.choice(short or places)
    way = chance.randrange(3)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        holder[key] = chance.choice(_ODD)
    return document


def _element(files: Files, chance: random.Random) -> Files:
    """One element of an XML file left out, doubled, emptied, renamed, or put into itself; or one attribute another."""
    name = next(n for n in sorted(files, reverse=True) if n.endswith((".kml", ".gml", ".gpx")))
    files[name] = _marked(files[name].decode(), chance).encode()
    return files


def _marked(text: str, chance: random.Random) -> str:
    found = list(re.finditer(r"<([\w:]+)([^<>]*)>([^<>]*)</\1>", text)) or list(
        re.finditer(r"<(\w+)([^<>]*)(/)>", text)
    )
    if chance.random() < 0.4:
        found = (
            list(
                re.finditer(
                    r"(?s)<(Placemark|wpt|c|row|ogr:featureMember|Point|gml:Polygon)\b([^<>]*)>(.*?)</\1>", text
                )
            )
            or found
        )
    if not found:
        return text
    one = chance.choice(found)
    whole, (label, attributes, inner) = one[0], one.groups()
    changed = chance.choice(
        (
            lambda: "",
            lambda: whole * 2,
            lambda: f"<{label}{attributes}></{label}>",
            lambda: f"<khac{attributes}>{inner}</khac>",
            lambda: f"<{label}>{whole}</{label}>",
            lambda: f"<{label}{attributes}>{chance.choice(_WORDS)}</{label}>",
            lambda: re.sub(r'="[^"]*"', lambda _: f'="{chance.choice(_WORDS)}"', whole, count=chance.choice((1, 2))),
        )
    )()
    return text[: one.start()] + changed + text[one.end() :]


def _workbook(files: Files, chance: random.Random) -> Files:
    """An element or attribute of one sheet, of the workbook, its styles or its list of texts."""
    name = _part(files, ".xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files[name])) as there, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as here:
        chosen = chance.choice([m.filename for m in there.infolist() if m.filename.endswith((".xml", ".rels"))])
        chosen = "xl/worksheets/sheet1.xml" if chance.random() < 0.6 else chosen
        for member in there.infolist():
            content = there.read(member)
            here.writestr(member.filename, _marked(content.decode(), chance) if member.filename == chosen else content)
    files[name] = out.getvalue()
    return files


def _directory(files: Files, chance: random.Random) -> Files:
    """A field of a zip's central directory: version, flags, method, checksum, sizes, length of the name, offset."""
    name = next(n for n, content in files.items() if content.startswith(b"PK\x03\x04"))
    data = files[name]
    places = [m.start() for m in re.finditer(rb"PK\x01\x02", data)]
    if places:
        form, offset = chance.choice(
            (("<H", 6), ("<H", 8), ("<H", 10), ("<I", 16), ("<I", 20), ("<I", 24), ("<H", 28), ("<I", 42))
        )
        files[name] = _put(data, chance.choice(places) + offset, form, chance.choice(_NUMBERS))
    return files


def _tags(files: Files, chance: random.Random) -> Files:
    """One entry of a TIFF's first directory: its tag, type, count or value."""
    name = _part(files, ".tif")
    data = files[name]
    start = struct.unpack_from("<I", data, 4)[0]
    entry = start + 2 + 12 * chance.randrange(struct.unpack_from("<H", data, start)[0])
    form, offset = chance.choice((("<H", 0), ("<H", 2), ("<I", 4), ("<I", 8)))
    files[name] = _put(data, entry + offset, form, chance.choice((*_NUMBERS, 256, 257, 273, 322, 339, 42113)))
    return files


def _footer(files: Files, chance: random.Random) -> Files:
    """The ``geo`` text of a GeoParquet file, or the kinds of its columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = _part(files, ".parquet")
    table = pq.read_table(io.BytesIO(files[name]))
    geo = json.loads(table.schema.metadata[b"geo"])
    if chance.random() < 0.7:
        table = table.replace_schema_metadata({b"geo": json.dumps(_node(geo, chance)).encode()})
    else:
        at = chance.randrange(table.num_columns)
        cells = [str(c) for c in table.column(at).to_pylist()]
        table = table.set_column(at, table.column_names[at], pa.array(cells))
    out = io.BytesIO()
    pq.write_table(table, out)
    files[name] = out.getvalue()
    return files


def _cells(files: Files, chance: random.Random) -> Files:
    """A cell of a CSV left out, doubled, quoted, empty, or another word."""
    name = _part(files, ".csv")
    lines = files[name].decode("utf-8-sig").split("\r\n")
    at = chance.randrange(len(lines))
    cells = lines[at].split(";")
    i = chance.randrange(len(cells))
    cells[i : i + 1] = chance.choice(([], [cells[i]] * 2, [f'"{cells[i]}'], [""], [chance.choice(_WORDS)]))
    lines[at] = ";".join(cells)
    files[name] = "\r\n".join(lines).encode()
    return files


_Way = Callable[[Files, random.Random], Files]
WAYS: Mapping[str, tuple[_Way, ...]] = {
    "shp": (_dbf, _dbf, _shp, _shp, _shx, _left_out),
    "gpkg": (_geopackage, _geopackage, _wkb),
    "geojson": (_json,),
    "tab": (_left_out, _wkb),
    "gml": (_element,),
    "kml": (_element,),
    "gpx": (_element,),
    "shp.zip": (_directory,),
    "gdb.zip": (_directory,),
    "kmz": (_directory,),
    "xlsx": (_workbook, _workbook, _directory),
    "parquet": (_footer, _footer, _wkb),
    "tif": (_tags,),
    "csv": (_cells,),
}
