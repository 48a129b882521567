"""Worked examples of the papers, to their last printed digit (files of ../shared/reference)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoplan.errors import InputError
from geoplan.sampling import ratio
from geoplan.sampling.design import allocate, sample_size
from geoplan.sampling.matrix import ErrorMatrix, areas, overall_accuracy, producers_accuracy, users_accuracy

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


def published(name: str) -> dict[str, Any]:
    path = REFERENCE / name
    if not path.is_file():
        pytest.skip(f"{name} of ../shared/reference is not beside this project")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def matrix(counts: list[list[float]], size: list[float], classes: int) -> ErrorMatrix:
    """Strata 0, 1, 2 ... are the classes of these names; further strata are no class."""
    names = tuple(str(i) for i in range(len(counts)))
    return ErrorMatrix(names, names[:classes], np.array(counts, dtype=float), np.array(size, dtype=float))


def half_widths(found: dict[str, Any]) -> list[float]:
    return [1.96 * e.se for e in found.values()]


def values(found: dict[str, Any]) -> list[float]:
    return [e.value for e in found.values()]


def test_olofsson_2013_example_2() -> None:
    data = published("olofsson2013_ex2.json")
    told, made = data["expected"], matrix(data["counts"], data["W"], 3)
    overall = overall_accuracy(made, add_one=False)
    assert (overall.value, 1.96 * overall.se) == pytest.approx((told["OA"], told["OA_ci"]), abs=5e-6)
    for found, name in ((users_accuracy(made, add_one=False), "UA"), (producers_accuracy(made, add_one=False), "PA")):
        np.testing.assert_allclose(values(found), told[name], atol=5e-6)
        np.testing.assert_allclose(half_widths(found), told[f"{name}_ci"], atol=5e-6)


def test_olofsson_2014_table_8() -> None:
    data = published("olofsson2014_table8.json")
    told = data["expected"]
    made = matrix(data["counts"], [pixels * data["pixel_ha"] for pixels in data["mapped_pixels"]], 4)
    found = areas(made, add_one=False)
    np.testing.assert_allclose(values(found), told["area_ha"], atol=0.05)
    np.testing.assert_allclose(half_widths(found), told["ci95_ha"], atol=0.05)
    assert [round(v) for v in values(found)] == told["published_area_ha"]
    assert [round(v) for v in half_widths(found)] == told["published_ci95_ha"]
    overall = overall_accuracy(made, add_one=False)
    assert (overall.value, 1.96 * overall.se) == pytest.approx((told["OA"], told["OA_ci95"]), abs=5e-6)
    for accuracy, name in (
        (users_accuracy(made, add_one=False), "UA"),
        (producers_accuracy(made, add_one=False), "PA"),
    ):
        np.testing.assert_allclose(values(accuracy), told[name], atol=5e-5)
        np.testing.assert_allclose(half_widths(accuracy), told[f"{name}_ci95"], atol=5e-5)


def test_olofsson_2014_size_and_allocation() -> None:
    data = published("olofsson2014_table8.json")
    names = [str(i) for i in range(4)]
    told = data["sample_size"]
    area = dict(zip(names, told["W"], strict=True))
    n = sample_size(area, dict(zip(names, told["U"], strict=True)), told["S_O"])
    assert n == told["published_n"]
    assert sample_size(area, dict(zip(names, told["U"], strict=True)), told["S_O"] / 1000) == pytest.approx(
        told["n"] * 1e6, rel=1e-6
    )
    given = allocate(n, area, least=75)  # the paper writes 75, 75, 165, 325: its two large strata rounded to fives
    assert given == {"0": 75, "1": 75, "2": 163, "3": 328}


def test_openmrv_with_a_buffer_that_is_no_class() -> None:
    data = published("openmrv_colombia.json")
    told = data["expected_page"]
    made = matrix(data["counts"], data["W"], 3)  # weights add up to 1.0004 there, and are used as they stand
    found = areas(made, add_one=False)
    np.testing.assert_allclose(values(found), told["area_prop"], atol=5e-6)
    np.testing.assert_allclose([e.se for e in found.values()], told["se"], atol=5e-7)
    np.testing.assert_allclose(half_widths(found), told["ci95"], atol=5e-7)
    np.testing.assert_allclose(values(found), data["recomputed"]["area_prop"], atol=5e-7)
    assert [round(v, 3) for v in values(users_accuracy(made))] == told["UA"]
    assert [round(v, 3) for v in values(producers_accuracy(made))] == told["PA"]
    assert round(overall_accuracy(made).value, 3) == told["OA"]


STRATUM = list("A" * 10 + "B" * 10 + "C" * 10 + "D" * 10)
MAPPED = np.array(list("A" * 7 + "B" * 3 + "A" + "B" * 11 + "C" * 6 + "BB" + "D" * 10))
READ = np.array(list("AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB"))
PIXELS = {"A": 40_000.0, "B": 30_000.0, "C": 20_000.0, "D": 10_000.0}
ALL = np.ones(40)
STEHMAN = [
    (READ == "A", ALL, 0.35, 0.082),
    (READ == "C", ALL, 0.20, 0.064),
    (MAPPED == READ, ALL, 0.63, 0.085),
    ((MAPPED == "B") & (READ == "B"), MAPPED == "B", 0.574, 0.125),
    ((MAPPED == "B") & (READ == "B"), READ == "B", 0.794, 0.116),
    ((MAPPED == "B") & (READ == "C"), ALL, 0.08, None),
]
"""Stehman 2014, pages 4932 to 4936: area of A and C, overall, user's and producer's accuracy of B, cell (B, C)."""


@pytest.mark.parametrize(
    ("y", "x", "value", "se"), STEHMAN, ids=["area A", "area C", "overall", "user B", "producer B", "cell"]
)
def test_stehman_2014_where_strata_are_not_the_classes(
    y: np.ndarray, x: np.ndarray, value: float, se: float | None
) -> None:
    found = ratio(y, x, STRATUM, PIXELS, finite=True, add_one=False, least=10)
    assert found.value == pytest.approx(value, abs=6e-4)
    if se is not None:
        assert found.se == pytest.approx(se, abs=6e-4)
    with pytest.raises(InputError, match=r"sampling\.thin_stratum"):
        ratio(y, x, STRATUM, PIXELS)
