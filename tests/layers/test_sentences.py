"""Every key of the two doors has its four sentences, and its facts fill them."""

import ast
import string
from pathlib import Path

import pytest

import geoplan
from geoplan import layers
from geoplan.errors import InputError, Problem
from geoplan.messages import catalogue, spoken
from tests.layers.conftest import World, communes, lots, square

HOME = Path(geoplan.__file__).parent
ROOMS = ("formats", "layers", "rasters")
SOURCES = [path for room in ROOMS for path in sorted((HOME / room).glob("*.py"))]
AREAS = ("layer.", "lots.", "raster.")
FILES = {"gpkg", "shx", "shp", "tab", "dat", "id", "dbf", "prj", "cpg", "map", "mif", "mid", "gdb"}
"""Endings of copies that are called ``layer``."""
SUFFIXED = {"layer.ldlr_unknown": "layer.ldlr_unknown_many", "layer.ldlr_blank": "layer.ldlr_blank_many"}


def used() -> set[str]:
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if text.startswith(AREAS) and " " not in text and text.split(".")[1].isidentifier():
                    found.add(text)
    return {key for key in found if key.split(".")[1] not in FILES} | set(SUFFIXED.values())


def written() -> set[str]:
    return {key for key in catalogue() if key.startswith(AREAS)}


def test_every_key_has_its_sentences_and_every_sentence_its_key() -> None:
    assert used() == written()


@pytest.mark.parametrize("key", sorted(written()))
def test_four_sentences_with_the_same_facts(key: str) -> None:
    texts = catalogue()[key]
    assert set(texts) == {"vi", "vi_fix", "en", "en_fix"}
    names = [{f for _, f, _, _ in string.Formatter().parse(texts[t]) if f} for t in ("vi", "en")]
    assert names[0] == names[1]
    assert all(text.endswith((".", ")", "?", "}")) for text in texts.values())


def problems_of(world: World) -> list[Problem]:
    """A harvest of problems out of real files."""
    found: list[Problem] = []
    frames = [
        lots(geometry=[square(0, 0), square(0.5, 0), square(0.5, 0), square(4, 0)], dtich=[1, None, -1, 1]),
        lots(ldlr=["Q", None, "TXB", "TXB"], nggocr=[1.5, 2, 2, 2], namtr=[3, 0, 0, 0]),
        lots(id=[1, 1, 2, 3]).drop(columns="dtich").assign(area=1.0, dientich=2.0),
        lots(30, ldlr=["Q", *["TXB"] * 29], diadanh=["C?m", "null", *["a"] * 28], dtich=[3.0, *[1.0] * 29]),
    ]
    for i, frame in enumerate(frames):
        try:
            found += world.read("forest_lots", world.write(frame, f"{i}.gpkg")).warnings
        except InputError as error:
            found += error.problems
    ground = world.read("communes", world.write(communes(), "c.gpkg"))
    away = world.read("forest_lots", world.write(lots(geometry=[square(i - 2.5, 0) for i in range(4)]), "away.gpkg"))
    return [*found, *layers.meet(away, ground)]


def test_facts_fill_the_sentences(world: World) -> None:
    problems = problems_of(world)
    assert len({p.key for p in problems}) >= 10
    for problem in problems:
        for lang in ("vi", "en"):
            said = spoken(problem, lang)
            assert said.found
            assert said.fix
            assert "{" not in said.found


class Facts(dict[str, object]):
    """Any fact that a sentence may name."""


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.name)
def test_literal_facts_cover_the_sentences(source: Path) -> None:
    """Where a problem's facts stand literally beside its key, they hold every placeholder."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and len(node.args) >= 3):
            continue
        key, facts = node.args[0], node.args[2]
        if not (
            isinstance(key, ast.Constant) and isinstance(facts, ast.Dict) and all(k is not None for k in facts.keys)
        ):
            continue
        names = {k.value for k in facts.keys if isinstance(k, ast.Constant)}
        for text in catalogue()[key.value].values():
            assert {f for _, f, _, _ in string.Formatter().parse(text) if f} <= names, key.value
