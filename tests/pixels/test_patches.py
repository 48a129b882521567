"""Patches by eye: # is inside, . outside, ? not seen. A pixel is 0.1 ha, so 0.3 ha are three pixels."""

import numpy as np
import pytest

from geoplan.pixels import patches


def mask(picture: str) -> np.ma.MaskedArray:
    rows = np.array([list(line) for line in picture.split()])
    return np.ma.masked_array((rows == "#").astype(np.uint8), mask=rows == "?")


def drawn(found: np.ma.MaskedArray) -> str:
    signs = np.where(np.ma.getmaskarray(found), "?", np.where(found.filled(0) == 1, "#", "."))
    return " ".join("".join(row) for row in signs)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("##... ..... ...#.", "..... ..... ....."),  # two pixels, one pixel: too small
        ("###.. ..... .....", "###.. ..... ....."),  # three are enough
        ("#.... .#... ..#..", "#.... .#... ..#.."),  # corners join
        ("##### #.### #####", "##### ##### #####"),  # a hole of one is filled
        ("##### #...# #####", "##### #...# #####"),  # a hole of three stays
        ("##?.. ..?.. ..?..", "..?.. ..?.. ..?.."),  # what is not seen joins nothing
        ("??? ??? ???", "??? ??? ???"),
        ("#.", "#."),  # all that is seen is smaller than a patch: it may go on beyond
        ("##", "##"),
    ],
)
def test_by_eye(before: str, after: str) -> None:
    assert drawn(patches.without_small(mask(before), 0.1, 0.3)) == after


def test_a_patch_of_just_the_area_counts_whatever_the_rounding() -> None:
    thirty = np.ma.zeros((10, 10), dtype=np.uint8)
    thirty[:3] = 1
    assert patches.without_small(thirty, 0.01, 0.3).sum() == 30
    assert patches.without_small(thirty, 0.0099, 0.3).sum() == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("..... ##### .....", "..... ..... ....."),  # a hedge of one pixel is no forest
        ("..... ##### #####", "..... ##### #####"),  # two pixels are wide enough
        ("##### ..... .....", "##### ..... ....."),  # on the rim of the array it may be wider beyond
        ("....... .##.... .####.. .##.... .......", "....... .##.... .##.... .##.... ......."),  # a spur goes
        ("..... .?##. ..... .....", "..... .?... ..... ....."),  # wider only if what is not seen made it a square
        (".???. .###. .....", ".???. .###. ....."),  # what is not seen may be forest: nothing is removed for it
        ("##.## ##.## .....", "##.## ##.## ....."),
    ],
)
def test_width_by_eye(before: str, after: str) -> None:
    assert drawn(patches.without_narrow(mask(before), 10.0, 20.0)) == after


def test_a_coarse_pixel_is_wide_enough_and_a_fine_one_needs_many() -> None:
    one = mask("... .#. ...")
    assert patches.without_narrow(one, 30.0, 20.0) is one
    three = mask("..... .###. .###. .###. .....")
    assert drawn(patches.without_narrow(three, 7.0, 20.0)) == drawn(three)
    assert patches.without_narrow(three, 5.0, 20.0).sum() == 0
