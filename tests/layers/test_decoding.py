"""Letters through the vector door: every name of the province in every encoding, right or said; right text untouched."""

import unicodedata
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from geoplan import formats
from geoplan.formats import encodings
from geoplan.formats.opened import Opened
from geoplan.formats.records import LayerSpec
from geoplan.formats.verdict import Verdict
from geoplan.layers.columns import Pick, Picks
from geoplan.layers.decoding import decode_cells
from tests.layers.conftest import World, lots
from tests.text.test_disguise import again, western
from tests.text.test_legacy import NAMES, WRITERS

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
WORDS = (
    "rừng đặc dụng|rừng phòng hộ|rừng sản xuất|rừng tự nhiên|rừng trồng|đất chưa có rừng|đất trống|núi đá|đất lúa nước|đất nương rẫy|"
    "đất ở nông thôn|đất trồng cây lâu năm|đất trồng cây hằng năm|đất nuôi trồng thuỷ sản|đất nghĩa địa|sông suối|hồ chứa|đường tỉnh lộ|"
    "đường liên thôn|ranh giới xã|lô rừng|khoảnh|tiểu khu|chủ rừng|hộ gia đình|cộng đồng thôn|Uỷ ban nhân dân xã|Ban quản lý rừng|"
    "công ty lâm nghiệp|hạt kiểm lâm|giao khoán bảo vệ|khoanh nuôi tái sinh|trồng mới|trồng lại sau khai thác|cháy rừng|sâu bệnh|"
    "chặt phá trái phép|lấn chiếm|chuyển mục đích sử dụng|giấy chứng nhận|quyền sử dụng đất|bản đồ địa chính|thửa đất|tờ bản đồ|diện tích|"
    "chu vi|mã loại đất|loài cây|Keo lai|Mỡ|Quế|Hồi|Lát hoa|Xoan ta|Bồ đề|Thông mã vĩ|Sa mộc|Trám trắng|Dẻ|Vầu|Nứa|Luồng|tre gai|"
    "gỗ nghiến|lim xanh|táu mật|trữ lượng|mật độ|chiều cao|đường kính|năm trồng|cấp tuổi|rừng giàu|rừng trung bình|rừng nghèo|"
    "rừng phục hồi|rừng hỗn giao|rừng thường xanh|độ dốc|hướng phơi|độ cao|sạt lở đất|lũ quét|lũ ống|ngập úng|tái định cư|di dời|"
    "hộ nghèo|cận nghèo|dân tộc Tày|dân tộc Nùng|dân tộc Dao|dân tộc Mông|Pác Nặm|Bjoóc Ve|Phja Đén|Phja Bjoóc|Khuổi Slao|Nà Tậu|"
    "Slam Pjoỏng|Khau Phạ|Lủng Cháng|Cốc Đán|Thẳm Mu|Pù Lườn|Tẩn Lượt|Nặm Cắt|Bản Cuôn|Bản Khiếu|Nà Khoang|Khuổi Tặc|Pò Đồn|Kéo Đeng|"
    "Vằng Quan|Lủng Pảng|Sliền Sloong|Mỏ Đá|Đồng Phúc|Chợ Rã|Bằng Lũng|Yến Lạc|Vân Tùng|Nà Phặc|Phủ Thông|chuyển đổi cây trồng|"
    "lúa sang ngô|ngô sang cây ăn quả|cam sành|quýt Bắc Kạn|hồng không hạt|mơ vàng|chè shan tuyết|dong riềng|thuốc lá|nghệ|gừng|"
    "khoai môn|mía đường|đậu tương|lạc|sắn|cỏ voi|ao cá|chuồng trại|nhà ở|trường học|trạm y tế|nhà văn hoá|đường điện|giếng khoan|"
    "bể nước|kênh mương|cầu treo|ngầm tràn|bãi thải|mỏ quặng|nhà máy thuỷ điện|đã nghiệm thu|chưa thực hiện|đang thực hiện|ghi chú"
)
FIELD = WORDS.split("|")
LATIN = {
    f"{e} as {p}": (e, p) for e in WRITERS for p in ("latin-1", "cp1252", "cp1258") if (e, p) != ("cp1258", "cp1258")
}


def spec(**words: str) -> LayerSpec:
    return LayerSpec("forest_lots", Path("a.shp"), "a.shp", **words)  # type: ignore[arg-type]


def through(
    columns: dict[str, Sequence[object]], encoding: str = "", **words: str
) -> tuple[dict[str, list[object]], Verdict, Opened]:
    """Columns through `decode_cells`, as if of a file with an encoding."""
    made = {}
    for name, cells in columns.items():
        made[name] = np.empty(len(cells), dtype=object)
        made[name][:] = list(cells)
    count = len(next(iter(made.values())))
    opened = Opened(
        made, np.full(count, None, dtype=object), None, tuple(f"#{i + 1}" for i in range(count)), "", encoding=encoding
    )
    said = decode_cells(opened, Picks(), spec(**words), whole=True)
    return (
        {
            name: [c if c is None else unicodedata.normalize("NFC", str(c)) for c in cells]
            for name, cells in opened.columns.items()
        },
        said,
        opened,
    )


def keys(said: Verdict) -> list[str]:
    return [p.key for p in (*said.errors, *said.warnings, *said.mended)]


def misspelt(said: Verdict) -> list[str]:
    """One name of the list is no Vietnamese (`Côc Loung`): of text that was guessed such words are named."""
    told = [p for p in said.warnings if p.key == "layer.text_suspect"]
    assert all(p.facts["values"] == "“Côc Loung”" for p in told)
    return [p.key for p in told]


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    """Names of communes old and new, of villages, and the words of the trade."""
    if not SHARED.is_dir():
        pytest.skip("the shared folder with the names of communes and villages is not beside the project")
    found = list(FIELD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, layer, columns in (
            ("admin/communes_2025_thai_nguyen.gpkg", "communes_2025", ["fullName"]),
            ("admin/communes_2009_bac_kan_thai_nguyen.gpkg", None, ["commune_vn", "district_vn"]),
            ("villages/villages_thai_nguyen_wof.gpkg", None, ["name_vi", "commune"]),
        ):
            frame = pyogrio.read_dataframe(SHARED / path, layer=layer, read_geometry=False)
            found += [str(v) for c in columns for v in frame[c].dropna()]
    return [t for t in dict.fromkeys(found) if not t.isascii()]


@pytest.mark.parametrize("encoding", list(WRITERS))
def test_every_name_as_bytes(corpus: list[str], encoding: str) -> None:
    """100 % right in one column; in columns of one cell each, where a table cannot be told, it is refused."""
    raws = [WRITERS[encoding](t) for t in corpus]
    columns, said, opened = through({"ten": raws})
    assert columns["ten"] == corpus
    assert keys(said) == ([] if encoding == "utf-8" else ["layer.encoding_guessed", *misspelt(said)])
    assert (list(opened.originals) == ["ten"]) == (encoding != "utf-8")
    silent = []
    for text, raw in zip(corpus, raws, strict=True):
        columns, said, _ = through({"ten": [raw]})
        if columns["ten"] != [text] and not keys(said):
            silent.append(text)
    assert silent == []


@pytest.mark.parametrize("way", [*LATIN, "twice", "thrice"])
def test_every_name_read_by_a_wrong_table(corpus: list[str], way: str) -> None:
    if way in LATIN:
        encoding, page = LATIN[way]
        spoilt = [western(WRITERS[encoding](t), page) for t in corpus]
    else:
        spoilt = [again(t, "cp1252", 2 if way == "twice" else 3) for t in corpus]
    columns, said, opened = through({"ten": spoilt})
    assert columns["ten"] == corpus
    assert keys(said) == [*misspelt(said), "layer.text_repaired"]
    assert list(opened.originals["ten"]) == spoilt


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_right_text_is_never_repaired(corpus: list[str], form: str) -> None:
    texts = [unicodedata.normalize(form, t) for t in corpus]
    columns, said, opened = through({"ten": texts})
    assert (columns["ten"], keys(said), opened.originals) == (corpus, [], {})
    assert [t for t in texts if keys(through({"ten": [t]})[1]) not in ([], ["layer.text_suspect"])] == []
    told = [t for t in texts if keys(through({"ten": [t]})[1])]
    assert len(told) <= 1  # one name of the list is misspelt


def test_few_cells_are_decided_by_the_whole_file() -> None:
    raws = [WRITERS["tcvn3"](t) for t in NAMES]
    for declared in ("", "cp1252", "ISO-8859-1", "88591", "system"):
        columns, said, _ = through({"ten": raws, "chu": [WRITERS["tcvn3"]("Bộc Bố")] * len(raws)}, declared)
        assert columns["chu"] == ["Bộc Bố"] * len(raws)
        assert set(keys(said)) == {"layer.encoding_guessed"}
    assert keys(through({"chu": [b"B\xe9c B\xe8"]}, "cp1252")[1]) == ["layer.text_unreadable"]


def test_text_of_one_file_is_decided_together_too() -> None:
    spoilt = [western(WRITERS["tcvn3"](t), "cp1252") for t in NAMES]
    columns, said, _ = through({"ten": spoilt, "chu": ["Béc Bè"] * len(spoilt)})
    assert columns["chu"] == ["Bộc Bố"] * len(spoilt)
    assert set(keys(said)) == {"layer.text_repaired"}


def test_utf8_beside_an_older_table_row_by_row() -> None:
    raws = [t.encode() if i % 2 else WRITERS["tcvn3"](t) for i, t in enumerate(NAMES)]
    columns, said, opened = through({"ten": raws})
    assert columns["ten"] == NAMES
    assert keys(said) == ["layer.encoding_mixed"]
    assert said.warnings[0].feature_ids == ("#1", "#3", "#5", "#7", "#9")
    assert list(opened.originals["ten"]) == raws


def test_a_file_of_bytes_that_were_spoilt_before_they_were_saved() -> None:
    columns, said, _ = through({"ten": [again(t, "cp1252", 1).encode() for t in NAMES]}, "UTF-8")
    assert columns["ten"] == NAMES
    assert keys(said) == ["layer.text_repaired"]


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["B?n Chi?ng", "Nà Lò"], ("#1",)),
        (["x? Cao Minh", "?ông Lạc", "Nà"], ("#1", "#2")),
        (["Bản\ufffd", "Nà"], ("#1",)),
        (["Haø Noäi José"], ("#1",)),
    ],
)
def test_lost_letters_are_named(cells: list[str], rows: tuple[str, ...]) -> None:
    _, said, _ = through({"ten": cells})
    assert [p.feature_ids for p in said.warnings if p.key == "layer.text_suspect"] == [rows]


def test_a_letter_cut_in_the_middle() -> None:
    columns, said, _ = through({"ten": ["Khuổi Nộc".encode()[:-2], "Nà Lò".encode()]})
    assert columns["ten"] == ["Khuổi N", "Nà Lò"]
    assert keys(said) == ["layer.text_cut"]


def test_one_letter_of_an_older_encoding_is_no_cut_letter() -> None:
    """Bó in TCVN3 ends in a lead byte of UTF-8, and is Bã in others: nothing is cut off, somebody must say."""
    assert keys(through({"ten": [b"B\xe3", b"Na"]})[1]) == ["layer.text_unreadable"]
    opened = Opened(
        {"ten": np.array([b"B\xe3", b"Na"], dtype=object)}, np.full(2, None, dtype=object), None, ("#1", "#2"), ""
    )
    assert decode_cells(opened, Picks(), spec(encoding="tcvn3"), whole=True).errors == []
    assert [unicodedata.normalize("NFC", c) for c in opened.columns["ten"]] == ["Bó", "Na"]


def test_words_written_together_are_no_fault() -> None:
    assert keys(through({"ten": ["Dương Thị Vídụ 117", "Minhhoạ", "NàLò", "Bàn Đình Giảlập 700"]})[1]) == []


def test_numbers_and_plain_words_pass() -> None:
    columns, said, opened = through({"so": [1.5, None, b"TXB"], "ma": ["a", None, "b"]})
    assert columns["ma"] == ["a", None, "b"]
    assert columns["so"][2] == "TXB"
    assert (keys(said), opened.originals) == ([], {})


def test_what_is_private_is_not_quoted() -> None:
    words = LayerSpec("households", Path("a.csv"), "a.csv")
    cells = np.array([western(WRITERS["tcvn3"](n), "cp1252") for n in NAMES], dtype=object)
    opened = Opened({"chu_ho": cells}, np.full(len(cells), None), None, tuple(f"#{i}" for i in range(len(cells))), "")
    said = decode_cells(opened, Picks({"head_name": Pick("chu_ho")}), words)
    assert opened.columns["chu_ho"][0] == NAMES[0]
    assert [p.facts["sample"] for p in said.mended] == ["…"]


@pytest.mark.parametrize("spoil", [lambda t: western(WRITERS["tcvn3"](t), "latin-1"), lambda t: again(t, "cp1252", 1)])
def test_names_of_columns(spoil: Callable[[str], str]) -> None:
    names = ["diện_tích", "mã_xã", "loài_cây", "số"]
    cells = np.array(["a"], dtype=object)
    opened = Opened({spoil(n): cells for n in names}, np.full(1, None), None, ("#1",), "")
    named = encodings.decode_names(opened, spec())
    assert [unicodedata.normalize("NFC", n) for n in named.columns] == names
    assert keys(named.said) == ["layer.names_repaired"]
    right = Opened(dict.fromkeys(names, cells), np.full(1, None), None, ("#1",), "")
    assert keys(encodings.decode_names(right, spec()).said) == []


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "cp1258"])
def test_names_of_columns_as_bytes(encoding: str) -> None:
    names = ["diện_tích", "mã_xã", "loài_cây"]
    cells = np.array(["a"], dtype=object)
    raw = {WRITERS[encoding](n).decode("latin-1"): cells for n in names}
    named = encodings.decode_names(Opened(raw, np.full(1, None), None, ("#1",), "", raw=True), spec())
    assert [unicodedata.normalize("NFC", n) for n in named.columns] == names
    assert keys(named.said) == ["layer.names_repaired"]


@pytest.mark.parametrize(("written", "asked"), [("NFD", "NFC"), ("NFC", "NFD"), ("NFC", "NFC")])
def test_names_of_files_and_layers_in_both_forms(world: World, written: str, asked: str) -> None:
    """A Mac and a phone spell a name otherwise than the keyboard on which the project file was typed."""
    folder = world.root / unicodedata.normalize(written, "Bản đồ")
    folder.mkdir()
    path = folder / unicodedata.normalize(written, "rừng.gpkg")
    for name in ("lô rừng", "khác"):
        lots().to_file(
            path, driver="GPKG", layer=unicodedata.normalize(written, name), mode="a" if path.exists() else "w"
        )
    typed = world.root / unicodedata.normalize(asked, "Bản đồ") / unicodedata.normalize(asked, "rừng.gpkg")
    layer = world.read("forest_lots", typed, layer=unicodedata.normalize(asked, "lô rừng"))
    assert len(layer.frame) == 4
    assert formats.inside(LayerSpec("forest_lots", typed, typed.name)) == tuple(
        sorted(unicodedata.normalize(written, n) for n in ("lô rừng", "khác"))
    )


def test_a_name_that_two_files_could_be_is_not_guessed(world: World) -> None:
    for form in ("NFC", "NFD"):
        lots().to_file(world.root / unicodedata.normalize(form, "rừng.gpkg"), driver="GPKG")
    if len(list(world.root.iterdir())) < 2:
        pytest.skip("this disk takes both spellings for one name")
    assert world.read(
        "forest_lots", world.root / unicodedata.normalize("NFC", "rừng.gpkg")
    ).source.path == unicodedata.normalize("NFC", "rừng.gpkg")


def test_cells_that_read_in_two_ways_are_named() -> None:
    """Some rows are surely Unicode, others surely TCVN3: `Bè` may be `Bố`, and stays as it came."""
    cells = [
        "Nậm Cắt",
        "Bản Chiêng",
        *(western(WRITERS["tcvn3"](t), "latin-1") for t in ("Khuổi Nộc", "Vĩnh Thông")),
        "Bè",
    ]
    columns, said, _ = through({"ten": cells})
    assert columns["ten"] == ["Nậm Cắt", "Bản Chiêng", "Khuổi Nộc", "Vĩnh Thông", "Bè"]
    assert keys(said) == ["layer.text_doubtful", "layer.text_repaired_partly"]
    assert said.warnings[0].feature_ids == ("#5",)
    assert said.mended[0].feature_ids == ("#3", "#4")
