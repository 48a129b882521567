"""The page of problems: each thing that is wrong with a file in a list, and its features on a map beside it.

One HTML file that asks the network for nothing. Drawing is plain canvas, the texts of files enter as text nodes, and a
Content-Security-Policy names the one script and the one style.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from jinja2 import Environment

from geoplan import __version__
from geoplan.maps.offline import policy
from geoplan.messages import Spoken, catalogue, say
from geoplan.text.safe import html, json_in_html, plain

KINDS = ("error", "mended", "warning")
"""What must be mended by the user, what has been or would be put right, what one must know."""

SCRIPTS = ("base.js", "problems_map.js", "problems.js")
MOST_VERTICES = 150_000
"""More vertices than this, of features with problems and of the others each, are drawn coarser, then not at all."""

_WORDS = "problems."
_FINEST = 60_000
_FARTHEST = 1e9
_COARSEST = 64


@dataclass(frozen=True, slots=True)
class Issue:
    """One row of the list.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    said : Spoken
    rows : tuple of int
        Its features: positions in the names and shapes of the sheet.
    unplaced : tuple of str
        Features of it that are no row of the sheet.
    """

    kind: str
    said: Spoken
    rows: tuple[int, ...] = ()
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """One file or layer on the page.

    Parameters
    ----------
    title : str
        File and layer.
    facts : sequence of (label, text)
    columns : sequence of tuple of str
        Name, field, encoding, sample of each column of the file.
    names : sequence of str
        Of the features.
    shapes, mended : array of object or None
        Shapely geometries as the file has them, and as they will be (None: dropped); row by row with `names`.
    placed : bool
        True where they are in metres of the page's CRS, so that the communes fit beneath and a scale is true.
    issues : sequence of Issue
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[tuple[str, ...]] = ()
    names: Sequence[str] = ()
    shapes: npt.NDArray[np.object_] | None = None
    mended: npt.NDArray[np.object_] | None = None
    placed: bool = False
    issues: Sequence[Issue] = ()


def problem_page(
    title: str,
    subtitle: str,
    sheets: Sequence[Sheet],
    *,
    ground: npt.NDArray[np.object_] | None = None,
    lang: str = "vi",
    synthetic: bool = False,
) -> str:
    """The whole page; the same sheets give the same bytes.

    Parameters
    ----------
    title, subtitle : str
        What is looked at, and in a few words what came out.
    sheets : sequence of Sheet
    ground : array of polygons or None
        The communes, in the page's CRS.
    lang : str
    synthetic : bool
        True: the data are made up, and the page says so.
    """
    words = {key.removeprefix(_WORDS): texts[lang] for key, texts in catalogue().items() if key.startswith(_WORDS)}
    words["made_up"] = say("cli.synthetic", lang)
    data = {
        "lang": lang,
        "page": {"synthetic": synthetic},
        "words": words,
        "ground": None if ground is None else drawn(ground, frozenset()),
        "sheets": [_sheet(sheet) for sheet in sheets],
    }
    script, style = "\n".join(_front(name) for name in SCRIPTS), _front("problems.css")
    page: str = (
        Environment(autoescape=False, keep_trailing_newline=True)
        .from_string(_front("problems.html"))
        .render(
            lang=lang,
            policy=policy([script], [style]),
            version=__version__,
            title=html(title),
            subtitle=html(subtitle),
            banner=html(words["banner"]) if synthetic else "",
            words={key: html(text) for key, text in words.items()},
            style=style,
            script=script,
            data=json_in_html(data),
        )
    )
    return page


def drawn(shapes: npt.NDArray[np.object_], marked: frozenset[int]) -> dict[str, Any]:
    """Shapes as whole numbers on a grid: ``{"at", "step", "of": {row: [[kind, x, y, dx, dy, ...], ...]}, "left"}``.

    Parameters
    ----------
    shapes : array of object
        Any geometries, broken ones too; kinds are 0 point, 1 line, 2 ring.
    marked : frozenset of int
        Rows with problems: drawn fine. The others are drawn coarser where they are many; ``left`` counts those that
        are not drawn at all.
    """
    lines, kinds, owner = _lines(np.asarray(shapes, dtype=object))
    points, of = shapely.get_coordinates(lines, return_index=True)
    sound = (np.abs(np.nan_to_num(points, nan=np.inf)) < _FARTHEST).all(axis=1)
    points, of = points[sound], of[sound]
    if len(points) == 0:
        return {"at": [0, 0], "step": 1, "of": {}, "left": 0}
    corner = points.min(axis=0)
    step = max(float(np.ptp(points, axis=0).max()) / _FINEST, 1e-7)
    fine = np.isin(owner[of], list(marked))
    whole = np.rint((points - corner) / step).astype(np.int64)
    found: dict[int, list[list[int]]] = {}
    left = 0
    for chosen in (fine, ~fine):
        steps, mine, lost = _thinned(whole[chosen], of[chosen])
        left += len(np.unique(owner[of[chosen]])) if lost else 0
        for at, end in _runs(mine):
            line = int(mine[at])
            found.setdefault(int(owner[line]), []).append([int(kinds[line]), *steps[at:end].ravel().tolist()])
    return {"at": [float(corner[0]), float(corner[1])], "step": step, "of": dict(sorted(found.items())), "left": left}


def _lines(shapes: npt.NDArray[np.object_]) -> tuple[Any, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rings, lines and points of all shapes, their kinds and their rows."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    nested, part = shapely.get_parts(parts, return_index=True)
    deepest, nest = shapely.get_parts(nested, return_index=True)
    row, types = row[part][nest], shapely.get_type_id(deepest)
    rings, polygon = shapely.get_rings(deepest[types == 3], return_index=True)
    streaks, dots = np.isin(types, (1, 2)), types == 0
    lines = np.concatenate([rings, deepest[streaks], deepest[dots]])
    kinds = np.repeat([2, 1, 0], [len(rings), int(streaks.sum()), int(dots.sum())])
    return lines, kinds, np.concatenate([row[types == 3][polygon], row[streaks], row[dots]]).astype(np.int64)


def _thinned(
    whole: npt.NDArray[np.int64], of: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], bool]:
    """Steps from vertex to vertex of each line on the finest grid that is light enough; True where none is."""
    coarse = 1
    while coarse <= _COARSEST:
        at = whole // coarse * coarse
        first = np.r_[True, of[1:] != of[:-1]] if len(of) else np.zeros(0, dtype=bool)
        keep = first | np.r_[True, (at[1:] != at[:-1]).any(axis=1)] if len(of) else first
        if int(keep.sum()) <= MOST_VERTICES:
            kept, mine = at[keep], of[keep]
            steps = np.diff(kept, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
            steps[first[keep]] = kept[first[keep]]
            return steps, mine, False
        coarse *= 2
    return np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=np.int64), True


def _runs(of: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last-but-one position of each run of equal numbers."""
    if len(of) == 0:
        return []
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(of)], strict=True))


def _sheet(sheet: Sheet) -> dict[str, Any]:
    marked = frozenset(row for issue in sheet.issues for row in issue.rows)
    shapes = None if sheet.shapes is None else drawn(sheet.shapes, marked)
    return {
        "title": plain(sheet.title),
        "facts": [[plain(label), plain(text)] for label, text in sheet.facts],
        "columns": [[plain(text) for text in row] for row in sheet.columns],
        "names": [plain(name) for name in sheet.names],
        "shapes": shapes,
        "after": None if sheet.mended is None or sheet.shapes is None else _after(sheet.shapes, sheet.mended),
        "placed": sheet.placed,
        "issues": [
            {
                "kind": issue.kind,
                "found": plain(issue.said.found),
                "fix": plain(issue.said.fix),
                "rows": list(issue.rows),
                "unplaced": [plain(name) for name in issue.unplaced],
            }
            for issue in sheet.issues
        ],
    }


def _after(shapes: npt.NDArray[np.object_], mended: npt.NDArray[np.object_]) -> dict[str, Any] | None:
    """Shapes that mending changes, and the rows that it drops; None where there are none."""
    gone = shapely.is_missing(mended)
    with np.errstate(invalid="ignore"):  # broken shapes have coordinates that are no numbers
        same = shapely.equals_exact(shapes, mended, tolerance=1e-6)
    changed = ~gone & ~(shapely.is_missing(shapes) | same)
    changed |= ~gone & shapely.is_missing(shapes)
    rows = np.flatnonzero(changed)
    dropped = np.flatnonzero(gone & ~shapely.is_missing(shapes)).tolist()
    if len(rows) == 0 and not dropped:
        return None
    packed = drawn(mended[rows], frozenset(range(len(rows))))
    packed["of"] = {int(rows[i]): lines for i, lines in packed["of"].items()}
    return {**packed, "rows": rows.tolist(), "dropped": dropped}


@cache
def _front(name: str) -> str:
    """A file of ``front/`` as it stands inside the page."""
    text = files("geoplan.maps").joinpath("front", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
