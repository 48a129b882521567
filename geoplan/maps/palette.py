"""A photo in few colours: median cut, then two steps of k-means, on a histogram. No chance, so the same bytes."""

import numpy as np
import numpy.typing as npt

MOST_COLOURS = 255
BITS = 6
"""Of each channel in the histogram: finer shades than 4 of 256 are not told apart by the eye in a photo."""

Bytes = npt.NDArray[np.uint8]


def few(pixels: Bytes, most: int = MOST_COLOURS) -> tuple[Bytes, Bytes]:
    """Index of the colour of each pixel, and the colours.

    Parameters
    ----------
    pixels : uint8 array, shape (pixels, 3)
        Red, green, blue.
    most : int
        Colours at most, up to 255.

    Returns
    -------
    indices : uint8 array, shape (pixels,)
    colours : uint8 array, shape (colours, 3)
    """
    if len(pixels) == 0:
        return np.zeros(0, np.uint8), np.zeros((0, 3), np.uint8)
    coarse = (pixels >> (8 - BITS)).astype(np.int64)
    cell = (coarse[:, 0] << (2 * BITS)) | (coarse[:, 1] << BITS) | coarse[:, 2]
    cells, place, weight = np.unique(cell, return_inverse=True, return_counts=True)
    sums = [np.bincount(place, weights=pixels[:, band].astype(np.float64)) for band in range(3)]
    shades = np.stack(sums, axis=1) / weight[:, None]
    of = _cut(shades, weight, min(most, len(cells)))
    for _ in range(2):
        centres = _centres(shades, weight, of)
        of = _nearest(shades, centres)
    used, of = np.unique(of, return_inverse=True)
    return of.astype(np.uint8)[place], centres[used].round().astype(np.uint8)


def _cut(shades: npt.NDArray[np.float64], weight: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Box of each shade: the box of the widest spread is cut at its mean until there are enough."""
    boxes = [np.arange(len(shades))]
    spreads = [_spread(shades, weight, boxes[0])]
    while len(boxes) < most:
        widest = int(np.argmax([spread for spread, _, _ in spreads]))
        spread, band, mean = spreads[widest]
        if spread <= 0:
            break
        box = boxes[widest]
        low = shades[box, band] <= mean
        for at, part in ((widest, box[low]), (len(boxes), box[~low])):
            boxes[at : at + 1] = [part]
            spreads[at : at + 1] = [_spread(shades, weight, part)]
    of = np.empty(len(shades), np.int64)
    for number, box in enumerate(boxes):
        of[box] = number
    return of


def _spread(
    shades: npt.NDArray[np.float64], weight: npt.NDArray[np.int64], box: npt.NDArray[np.int64]
) -> tuple[float, int, float]:
    """Sum of squares along the band where it is largest, that band, its mean."""
    if len(box) < 2:
        return 0.0, 0, 0.0
    inside, heavy = shades[box], weight[box][:, None]
    mean = (inside * heavy).sum(axis=0) / heavy.sum()
    squares = (heavy * (inside - mean) ** 2).sum(axis=0)
    band = int(np.argmax(squares))
    return float(squares[band]), band, float(mean[band])


def _centres(
    shades: npt.NDArray[np.float64], weight: npt.NDArray[np.int64], of: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    heavy = np.bincount(of, weights=weight)
    sums = [np.bincount(of, weights=shades[:, band] * weight) for band in range(3)]
    return np.stack(sums, axis=1) / np.maximum(heavy, 1)[:, None]


def _nearest(shades: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    found = np.empty(len(shades), np.int64)
    for at in range(0, len(shades), 4096):
        part = shades[at : at + 4096, None, :] - centres[None]
        found[at : at + 4096] = (part**2).sum(axis=2).argmin(axis=1)
    return found
