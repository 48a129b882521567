"""Vietnamese or not: syllables, where the tone stands, letters that are lost or foreign."""

import pytest

from geoplan.text.syllables import legible, readable, share_readable, share_well_written, suspect, weight
from tests.text.test_legacy import NAMES


@pytest.mark.parametrize(
    "word",
    [
        "Quế",
        "Quí",
        "nghiêng",
        "Pác",
        "Nặm",
        "Bjoóc",
        "Phjắc",
        "Slườn",
        "Đắk",
        "Krông",
        "gì",
        "ĐẤT",
        "khoảnh",
        "Thuỷ",
        "thúy",
    ],
)
def test_syllables(word: str) -> None:
    assert weight(word) == 1.0


@pytest.mark.parametrize(
    ("word", "worth"),
    [
        ("Ngòai", 0.5),
        ("cuả", 0.5),
        ("Xaõ", 0.0),
        ("Haù", 0.0),
        ("Bàc", 0.0),
        ("Êt", 0.0),
        ("José", 0.0),
        ("xÃ", 0.0),
        ("Côc", 0.0),
    ],
)
def test_what_nobody_writes(word: str, worth: float) -> None:
    assert weight(word) == worth


def test_shares() -> None:
    assert share_readable(["Xã Cao Minh", "José"]) == 0.5
    assert share_readable(["plain", "10 m²", "Đ/c", "ĐT.254", "± 2"]) is None
    assert share_readable(["Ngòai"]) == 1.0
    assert share_well_written(["Ngòai"]) == 0.5
    assert share_well_written(["B×nh"]) == 0.0
    assert share_well_written(["plain"]) is None
    assert readable("Thôn Nà Lò – tổ 3")
    assert not readable("XÃ³m Hoan")


def test_words_written_together() -> None:
    assert [t for t in ("NàLò", "Vídụ", "Tưởngtượng", "Thửnghiệm 055", "THÔNNÀĐENG") if not legible(t)] == []
    assert [t for t in ("Haø Noäi", "José", "XÃ³m Hoan", "Ngöôøi", "Nµm") if legible(t)] == []


def test_suspects() -> None:
    lost = ("C?m", "Nµm", "Bản\ufffd", "B\x81", "?ông Lạc", "Tr??ng", "x? Cao Minh", "Nà P?", "Haø Noäi", "Ná»?n")
    assert [t for t in lost if not suspect(t)] == []
    fine = (*NAMES, "10 m²", "Nậm?", "ở 22° – 23°", "plain", "½ lô", "30 ± 2", "µm", "Bảo Việt®", "Cần kiểm tra? Có.")
    assert [t for t in fine if suspect(t)] == []
