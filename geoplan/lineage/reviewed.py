"""The reviewed table of 2009: which commune of that year became which, and which code it had.

``codes/communes_2009.csv`` has a row for every commune of Bắc Kạn and Thái Nguyên whose name, district, kind or code
of 2009 is not that of 30 June 2025; all others are joined by their names as they stand. ``kind`` says what happened,
``evidence`` how we know: ``document`` (a resolution or a public account was read), ``code`` (the statistics office's
code was kept or handed on), ``ground`` (only the place of the outline says it). A split commune has a row for each
receiver. A row without ``old_code`` could not be decided and stays unmatched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from geoplan import codes
from geoplan.text.letters import nfc, same_name

WHOLE, PART = "whole", "part"
UNDECIDED = "undecided"
KINDS = ("spelling", "moved", "raised", "recoded", "merged", "split", UNDECIDED)
EVIDENCE = ("document", "code", "ground")
_PROVINCE = ("tỉnh ", "thành phố ")
_HANDED_ON = ("recoded", "merged", "split", UNDECIDED)

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a commune of 2009 became.

    Parameters
    ----------
    code : str
        Its code then; empty where not known.
    receivers : tuple of (str, str)
        Codes of 30 June 2025 with ``whole`` or ``part``; of kind ``undecided``: those that may have received.
    changed_on : date or None
        First day on which `code` no longer meant this commune; None where it is not known, and then it is before
        `last_change` and makes no difference to what the code leads to.
    kind : str
        One of `KINDS`.
    name : str
        Name of 2009 with its kind: ``Xã Cao Trĩ``.
    """

    code: str
    receivers: tuple[tuple[str, str], ...]
    changed_on: date | None
    kind: str
    name: str

    @property
    def decided(self) -> bool:
        """False where nobody knows who received what."""
        return self.kind != UNDECIDED


def key(province: str, district: str, name: str) -> Key:
    """What makes two names one commune: province, district and name with their kinds; accents count.

    Examples
    --------
    >>> key("Tỉnh Bắc Kạn", "Huyện Na Rì", "Xã Liêm Thủy") == key("Bắc Kạn", "Huyện Na Rì", "Xã Liêm Thuỷ")
    True
    """
    plain = nfc(province).casefold()
    for kind in _PROVINCE:
        plain = plain.removeprefix(kind)
    return same_name(plain), same_name(district), same_name(name)


@cache
def last_change() -> date:
    """Day of the last change before the merger of 2025: from then on the crosswalk alone says which codes stood."""
    return max(change.changed_on for change in by_name().values() if change.changed_on is not None)


@cache
def by_name() -> Mapping[Key, Change]:
    """Changes by the name of 2009."""
    grouped: dict[Key, list[Mapping[str, str]]] = {}
    for row in codes.table("communes_2009"):
        grouped.setdefault(key(row["province"], row["district_2009"], row["name_2009"]), []).append(row)
    return MappingProxyType({found: _change(rows) for found, rows in grouped.items()})


@cache
def by_code() -> Mapping[str, Change]:
    """Changes of communes that gave up their code, or whose code means another ground since, by that code."""
    found = {c.code: c for c in by_name().values() if c.code and c.kind in _HANDED_ON}
    return MappingProxyType(found)


def _change(rows: list[Mapping[str, str]]) -> Change:
    first = rows[0]
    receivers = tuple((row["old_code"], row["how"]) for row in rows)
    day = date.fromisoformat(first["changed_on"]) if first["changed_on"] else None
    return Change(first["code_before"], receivers, day, first["kind"], nfc(first["name_2009"]))
