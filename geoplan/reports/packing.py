"""The same workbook as the same bytes: pinned times inside, pinned times and order in the ZIP around."""

import io
import zipfile
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from geoplan.writing.files import refusals
from geoplan.writing.scratch import scratch_place


def packed(book: Workbook, day: date) -> bytes:
    """Bytes of a workbook that was made and changed at midnight of a day.

    Raises
    ------
    PlaceUnavailable
        Where the system's folder for temporary files is full or cannot be written to.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the file format holds no zone
    book.properties.created = book.properties.modified = midnight
    written = io.BytesIO()
    with refusals(scratch_place()), zipfile.ZipFile(written, "w") as parts:
        ExcelWriter(book, parts).save()  # puts every sheet into a temporary file first
    out = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            member = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            member.create_system, member.external_attr = 0, 0
            new.writestr(member, old.read(name), zipfile.ZIP_DEFLATED, 6)
    return out.getvalue()
