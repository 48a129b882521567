import re
from datetime import date, datetime
from pathlib import Path

import pytest

from geoplan import messages, project, project_folder
from geoplan.errors import InputError, UsageError
from geoplan.layers.schemas import SCHEMAS
from geoplan.text.letters import nfc

DAY = date(2026, 6, 30)


def shown(example: int = 0) -> str:
    """The template with its commented-out lines in use; where it shows several of one key, the one asked for."""
    found: dict[str, dict[str, list[str]]] = {}
    head = ""
    for line in project_folder.template("Xã mẫu", as_of=DAY).splitlines():
        match = re.fullmatch(r"(?:# )?(?P<toml>\[[a-z_.]+\]|(?P<key>[a-z_0-9]+) = .*)", line)
        if match and match["key"]:
            found[head].setdefault(match["key"], []).append(match["toml"])
        elif match:
            head = match["toml"]
            found[head] = {}
    lines = [[head, *(one[min(example, len(one) - 1)] for one in keys.values())] for head, keys in found.items()]
    return "\n".join(line for part in lines for line in part)


def test_a_new_folder_opens_as_a_project(tmp_path: Path) -> None:
    written = project_folder.create(tmp_path / "Xã Cao Minh", "Xã Cao Minh", "01879", as_of=DAY)
    opened = project.open_project(tmp_path / "Xã Cao Minh")
    assert (opened.name, opened.crs, opened.as_of, opened.synthetic) == ("Xã Cao Minh", "EPSG:9213", DAY, False)
    assert opened.communes == ("01879",)
    assert list(opened.layers) == ["communes"]
    assert [path.relative_to(tmp_path / "Xã Cao Minh").as_posix() for path in written] == [
        "layers/README.txt",
        "rasters/README.txt",
        "maps/README.txt",
        "geoplan.toml",
    ]


def test_without_a_code_every_commune_is_reported(tmp_path: Path) -> None:
    project_folder.create(tmp_path, "Hai xã", as_of=DAY)
    assert project.open_project(tmp_path).communes == ()


@pytest.mark.parametrize("example", [0, 1, 2])
def test_every_key_that_the_template_shows_is_accepted(example: int, tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").write_text(shown(example), encoding="utf-8")
    opened = project.open_project(tmp_path)
    assert set(opened.layers) == set(SCHEMAS)
    assert set(opened.rasters) == set(project.RASTER_ROLES)
    assert opened.layers["forest_lots"].encoding == ("", "tcvn3", "")[example]
    assert opened.layers["forest_lots"].layer == ("", "", "lo_rung")[example]
    assert opened.synthetic
    assert opened.targets is not None
    assert list(opened.settings) == ["forest_cover"]


@pytest.mark.parametrize("name", ['Xã "mẫu"', "a\\b", "hai\ndòng", "thẻ\t{name}", "Xa\u0303 Cao Minh", "tên # dấu"])
def test_a_name_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    """In NFC, and a line end or a tab as a space: names stand in titles and logs."""
    project_folder.create(tmp_path, name, as_of=DAY)
    assert project.open_project(tmp_path).name == nfc(name)


def test_a_project_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "geoplan.toml").write_text("của người khác", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        project_folder.create(tmp_path, "Xã mẫu", as_of=DAY)
    assert refused.value.key == "init.exists"
    assert [path.name for path in tmp_path.iterdir()] == ["geoplan.toml"]
    assert (tmp_path / "geoplan.toml").read_text(encoding="utf-8") == "của người khác"


def test_a_file_under_the_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tệp").write_bytes(b"")
    with pytest.raises(InputError) as refused:
        project_folder.create(tmp_path / "tệp", "Xã mẫu", as_of=DAY)
    assert refused.value.key == "init.not_a_folder"


@pytest.mark.parametrize(
    ("name", "unit_code", "key"),
    [
        ("  ", "", "init.name"),
        ("Xã", "1879", "init.unit_code"),
        ("Xã", "018790", "init.unit_code"),
        ("Xã", "0187\u0669", "init.unit_code"),
    ],
)
def test_words_that_are_off(name: str, unit_code: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        project_folder.create(tmp_path / "mới", name, unit_code, as_of=DAY)
    assert refused.value.key == key
    assert not (tmp_path / "mới").exists()
    assert messages.spoken(refused.value.problems[0]).fix


def test_what_stands_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "README.txt").write_text("của tôi", encoding="utf-8")
    project_folder.create(tmp_path, "Xã mẫu", as_of=DAY)
    assert (tmp_path / "layers" / "README.txt").read_text(encoding="utf-8") == "của tôi"


def test_notepad_can_read_the_notes(tmp_path: Path) -> None:
    for path in project_folder.create(tmp_path, "Xã mẫu", as_of=DAY):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") == (path.suffix == ".txt")
        assert b"\n" not in data.replace(b"\r\n", b"")


def test_without_a_day_the_figures_are_of_today(tmp_path: Path) -> None:
    before = datetime.now().astimezone().date()
    project_folder.create(tmp_path, "Xã mẫu")
    assert before <= project.open_project(tmp_path).as_of <= datetime.now().astimezone().date()
