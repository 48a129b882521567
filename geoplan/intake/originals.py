"""What stood in the file before: every text that decoding, cleaning or reading has changed."""

from datetime import date
from typing import Any

import pandas as pd

from geoplan.formats import Opened
from geoplan.layers import Inspection, schema
from geoplan.text import safe
from geoplan.text.letters import nfc

FIELDS = ("feature", "column", "original")


def originals(opened: Opened, inspection: Inspection) -> pd.DataFrame:
    """Cells of the file whose value is another one now.

    Parameters
    ----------
    opened : Opened
        The file before its cells were decoded.
    inspection : Inspection
        The same file after.

    Returns
    -------
    DataFrame
        ``feature``, ``column`` (of the file), ``original``: the text, or its bytes in hexadecimal behind ``0x``.
    """
    rows: list[tuple[str, str, str]] = []
    layer = inspection.layer
    kept = kept_rows(inspection)
    of_field = {column: name for name, column in inspection.columns.items()}
    for column, cells in opened.columns.items():
        name = of_field.get(column)
        if layer is not None and name is not None and name in schema(inspection.spec.role).by_name:
            after = dict(zip(kept, layer.frame[name], strict=True))
        else:
            decoded = inspection.opened.columns.get(column, cells)
            after = {i: written(c) if isinstance(c, str | bytes) else c for i, c in enumerate(decoded)}
        for i, cell in enumerate(cells):
            if cell is not None and i in after and not _same(cell, after[i]):
                rows.append((inspection.names[i], column, _text(cell)))
    return pd.DataFrame(rows, columns=list(FIELDS), dtype=object)


def kept_rows(inspection: Inspection) -> tuple[int, ...]:
    """Rows of the file in the order of the layer: mending may drop some."""
    kept = getattr(inspection, "kept", ())
    layer = inspection.layer
    return tuple(kept) if kept or layer is None else tuple(range(len(layer.frame)))


def written(value: Any) -> str | None:
    """A text or date as a GeoPackage holds it: clean, NFC, dates as ISO text; None where there is none."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.isoformat() if isinstance(value, date) else safe.plain(nfc(str(value)))


def _same(cell: Any, value: Any) -> bool:
    """True where the value says no more and no less than the cell: text to the letter, a number its amount."""
    if isinstance(cell, bytes):
        return isinstance(value, str) and value.encode() == cell
    missing = value is None or value is pd.NA or (isinstance(value, float) and value != value)
    if isinstance(cell, str):
        if missing or isinstance(value, str):
            return bool(not missing and cell == value)
        return cell.strip() == str(value) or _number(cell) == value
    return missing or not isinstance(value, int | float) or bool(cell == value)


def _number(text: str) -> float | None:
    """The number of a text that only a number is; None for any other, and for a comma."""
    try:
        return float(text)
    except ValueError:
        return None


def _text(cell: Any) -> str:
    return f"0x{cell.hex()}" if isinstance(cell, bytes) else str(cell)
