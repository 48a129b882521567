"""Old communes by what a table writes of them: their name with its district, and whether a name fits a code."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from geoplan.lineage import reviewed
from geoplan.lineage.crosswalk import Lineage
from geoplan.text.letters import nfc, same_name

_UNITS = ("thị trấn ", "phường ", "xã ", "tt. ", "tt ", "p. ", "x. ")
_DISTRICTS = ("thành phố ", "thị xã ", "huyện ", "tp. ", "tp ", "tx. ", "h. ")
_ABOVE = ("huyện ", "thành phố ", "thị xã ", "tỉnh ", "toàn tỉnh", "toàn huyện", "tp. ")


def codes_named(lineage: Lineage, name: str, district: str) -> tuple[str, ...]:
    """Codes of 30 June 2025 of the communes of a name in a district; one, none, or several that the name may mean.

    The kind (``xã``, ``phường``) may be left out where it decides nothing. A name alone says nothing: names repeat
    across districts.
    """
    here = _by_district(lineage).get(_bare(district, _DISTRICTS), {})
    key = same_name(name)
    whole = tuple(code for code, (old, _) in here.items() if old == key)
    return whole or tuple(code for code, (_, bare) in here.items() if bare == key)


def of_code(lineage: Lineage, code: str, valid_on: date) -> tuple[str, ...]:
    """Names that the commune of a code had on a day; two where it is not known when the code changed its meaning."""
    change = reviewed.by_code().get(code)
    last = lineage.old_names.get(code, "")
    if change is None:
        return (last,) if last else ()
    if not last or (change.changed_on is not None and valid_on < change.changed_on):
        return (change.name,)
    return (last,) if change.changed_on is not None else (last, change.name)


def fits(names: Iterable[str], name: str) -> bool:
    """True where a name is one of these; the kind (``xã``, ``phường``) may be left out or be another."""
    return any(_bare(name, _UNITS) == _bare(each, _UNITS) for each in names)


def above(name: str) -> bool:
    """True for the name of a district or province, whose row in a table is a sum of those below it."""
    return nfc(name).casefold().startswith(_ABOVE)


@lru_cache(maxsize=2)
def _by_district(lineage: Lineage) -> dict[str, dict[str, tuple[str, str]]]:
    """Keys of the names of old communes, with and without their kind, by code and district."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in lineage.rows:
        keys = same_name(row.old_name), _bare(row.old_name, _UNITS)
        found.setdefault(_bare(row.old_district, _DISTRICTS), {})[row.old_code] = keys
    return found


def _bare(name: str, kinds: tuple[str, ...]) -> str:
    plain = nfc(name).casefold()
    for kind in kinds:
        if plain.startswith(kind):
            return same_name(plain.removeprefix(kind))
    return same_name(plain)
