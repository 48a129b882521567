"""Which columns of a table of figures name the commune: its code, or its name with the district."""

from collections.abc import Sequence

from geoplan.formats.axes import Axes
from geoplan.formats.records import LayerSpec
from geoplan.text.letters import column_key

ROLE = "figures"
"""Role of a table without shapes, whose rows are communes. No project file can name it."""

_WORDS = {
    "unit_code": frozenset(
        """
        unitcode code ma maxa maxacu maxaphuong maphuongxa madvhc madonvihanhchinh mahanhchinh madonvi madp oldcode
        communecode maxaphuongthitran maso
        """.split()  # noqa: SIM905 -- read as a list of words
    ),
    "name": frozenset(
        """
        name ten xa tenxa xaphuong tenxaphuong xaphuongthitran tenxaphuongthitran phuongxa tenphuongxa donvi tendonvi
        donvihanhchinh tendonvihanhchinh diaphuong tendiaphuong commune communename oldname xacu tenxacu
        """.split()  # noqa: SIM905
    ),
    "district": frozenset(
        """
        district olddistrict huyen tenhuyen quanhuyen tenquanhuyen huyenthanhpho huyenthixa huyentp
        huyenthixathanhpho huyenthanhphothixa huyencu
        """.split()  # noqa: SIM905
    ),
    "province": frozenset(["province", "oldprovince", "tinh", "tentinh", "tinhthanhpho", "tinhthanh", "tinhcu"]),
}


def column(names: Sequence[str], field: str, spec: LayerSpec) -> str:
    """The heading of a field: by the user's word, else the only one that says so; empty for none."""
    word = spec.columns.get(field, "")
    if word:
        found = [n for n in names if n == word] or [n for n in names if n.casefold() == word.casefold()]
        return found[0] if len(set(found)) == 1 else ""
    fits = [n for n in dict.fromkeys(names) if column_key(n) in _WORDS[field]]
    return fits[0] if len(fits) == 1 else ""


def find(names: Sequence[str], spec: LayerSpec) -> Axes | None:
    """``codes`` with the column of codes; ``names`` with those of the name and the district; None for neither."""
    code = column(names, "unit_code", spec)
    if code:
        return Axes("codes", (code,))
    name, district = column(names, "name", spec), column(names, "district", spec)
    return Axes("names", (name, district)) if name and district else None
