"""What is a telephone, a number of a paper or a person's name in a quoted cell, and what is not."""

import pytest

from geoplan.errors import Problem
from geoplan.messages import spoken
from geoplan.messages.facts import discreet
from geoplan.text.personal import HIDDEN, quotable, quoted, shortened

SECRETS = [
    "0912345678", "0912 345 678", "0912.345.678", "091-234-5678", "+84912345678", "+84 912 345 678", "84912345678",
    "0084912345678", "01689123456", "0209 3870 123", "(0209) 3870123", "0209.3870.123", "010090012345", "006 204 001 234",
]  # fmt: skip
OTHERS = [
    "02803", "2803", "02803/101/12/3", "02803-101-12-3", "584123.45, 2345678.91", "22.0312345678", "105,8345678",
    "1.234.567,89", "1,234,567.89", "EPSG:9213", "2026-06-30", "30/06/2026", "20260630",
    "S2A_MSIL2A_20230101T030000_N0509_R075", "0.912345678", "Bản Lìm", "TXB", "19112", "0912345678901234", "12.5 ha",
]  # fmt: skip
PERSONS = [
    "Nguyễn Văn A",
    "NGUYỄN THỊ HỒNG",
    "Nguyen Van Binh",
    "Giàng A Páo",
    "Ma Văn Tư",
    "Lê Thị Lan",
    "Triệu Tòn Phấu",
]
PLACES = [
    "Bản Nà Phặc",
    "Cao Minh",
    "Lê Đài Loan",
    "Ngô Lai",
    "Hà Nội",
    "Mai Sơn",
    "Rừng trồng",
    "Vàng tâm",
    "Cây Hàng Năm",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_number_of_a_person_is_never_shown(secret: str) -> None:
    digits = "".join(c for c in secret if c.isdigit())
    for text in (secret, f"Ông A {secret}", f"sdt:{secret};", f"({secret})"):
        assert secret not in shortened(text)
        assert digits[3:-3] not in "".join(c for c in shortened(text) if c.isdigit())
        assert quotable(text) == HIDDEN
    assert quoted(f"TXB, {secret}") == "TXB, …"


@pytest.mark.parametrize("text", [*OTHERS, *PLACES])
def test_what_is_no_such_number_stays(text: str) -> None:
    assert shortened(text) == text
    assert quoted(f"“{text}”") == f"“{text}”"


@pytest.mark.parametrize("key", ["0280300012", "028030120034", "312345678"])
def test_a_key_of_many_figures_is_named_where_it_is_a_key(key: str) -> None:
    assert shortened(key) == key


@pytest.mark.parametrize("text", [*PERSONS, "912345678", "123456789"])
def test_a_quoted_cell_names_no_person_and_no_card(text: str) -> None:
    assert quotable(text) == HIDDEN
    assert quoted(f"“TXB”, “{text}”") == "“TXB”, “…”"


def test_every_sentence_and_its_features_are_discreet() -> None:
    problem = Problem(
        "layer.land_code_unknown",
        "thua.gpkg",
        {"n": 1, "ha": 1.0, "values": "LUX, Nguyễn Văn A 0912 345 678"},
        ("0912345678",),
    )
    said = spoken(problem)
    assert "LUX, …" in said.found
    assert said.feature_ids == ("09…78",)
    assert discreet(problem.facts) == {"n": 1, "ha": 1.0, "values": "LUX, …"}
