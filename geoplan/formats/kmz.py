"""KMZ: a ZIP with one KML to read; pictures and models in it are left alone.

GDAL writes a main document of nothing but links to other documents of the same ZIP, one a layer: these are read.
"""

from collections.abc import Sequence
from dataclasses import replace

from geoplan.errors import InputError, Problem
from geoplan.formats import kml, places
from geoplan.formats.format import Format
from geoplan.formats.naming import listed
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.zipped import Archive, Member, opened_zip


def open_kmz(spec: LayerSpec) -> Opened:
    """Placemarks of the main document: ``doc.kml``, else the first KML at the top.

    Raises
    ------
    InputError
        ``layer.kmz_no_kml``, ``layer.kmz_several``, those of `zipped.opened_zip` and of `kml.open_kml`.
    """
    _refuse_kml(spec)
    with opened_zip(spec.path, spec.shown, "KMZ") as archive:
        main, others = _documents(archive)
        data = _content(archive, main)
        linked = _linked(archive, data, others, spec)
        if linked:
            chosen = [m for m in linked if m.path.stem == spec.layer] if spec.layer else linked
            if len(chosen) != 1:
                names = listed(m.path.stem for m in linked)
                raise InputError(Problem("layer.kmz_several", spec.shown, {"n": len(linked), "names": names}))
            data, others, spec = _content(archive, chosen[0]), (), replace(spec, layer="")
    opened = kml.placemarks(data, spec, places.hashed(spec.path, spec.shown))
    if others:
        facts = {"main": main.name, "others": listed((m.name for m in others), 5)}
        opened.said.tell(Problem("layer.kmz_others", spec.shown, facts))
    return opened


def folder_names(spec: LayerSpec) -> tuple[str, ...]:
    """As `kml.folder_names`, of the main document."""
    _refuse_kml(spec)
    with opened_zip(spec.path, spec.shown, "KMZ") as archive:
        main, others = _documents(archive)
        data = _content(archive, main)
        linked = _linked(archive, data, others, spec)
        return tuple(m.path.stem for m in linked) or kml.folders_of(data, spec)


def _linked(archive: Archive, data: bytes, others: Sequence[Member], spec: LayerSpec) -> list[Member]:
    """Documents of the ZIP that the main one, without a Placemark of its own, links to; nothing else is opened."""
    if not others or b"NetworkLink" not in data:
        return []
    hrefs = {href.removeprefix("./") for href in kml.links_only(data, spec)}
    return [m for m in others if m.path.as_posix() in hrefs]


def _refuse_kml(spec: LayerSpec) -> None:
    """Phones send a KML under the name of a KMZ."""
    with places.present(spec.path, spec.shown).open("rb") as file:
        head = file.read(1000)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<kml" in head:
        raise InputError(Problem("layer.ending_other", spec.shown, {"format": "KMZ", "ending": ".kml"}))


def _documents(archive: Archive) -> tuple[Member, Sequence[Member]]:
    found = [m for m in archive.members if m.path.suffix.casefold() == ".kml"]
    if not found:
        raise InputError(Problem("layer.kmz_no_kml", archive.shown, {}))
    depth = {m.name: (len(m.path.parts), m.path.name.casefold() != "doc.kml") for m in found}
    main = min(found, key=lambda m: depth[m.name])
    return main, [m for m in found if m is not main]


def _content(archive: Archive, member: Member) -> bytes:
    return b"".join(archive.blocks(member, kml.FORMAT.most_mb))


FORMAT = Format("KMZ", (".kmz",), open_kmz, most_mb=200, inside=folder_names)
