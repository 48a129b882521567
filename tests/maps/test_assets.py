"""The build hook: assets that agree are left alone, assets that differ stop the build."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(hook: ModuleType, tmp_path: Path) -> Path:
    (tmp_path / hook.ASSETS).mkdir(parents=True)
    for name in hook.WANTED:
        (tmp_path / hook.ASSETS / name).write_text(name)
    digests = {name: hook.sha256(tmp_path / hook.ASSETS / name) for name in hook.WANTED}
    (tmp_path / hook.LOCK).write_text(json.dumps(digests))
    return tmp_path


def test_assets_that_agree_need_no_npm(hook: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "fetch", lambda root: pytest.fail("npm was started"))
    hook.gather(folder)


def test_a_changed_asset_stops_the_build(hook: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "fetch", lambda root: None)
    (folder / hook.ASSETS / "leaflet.js").write_text("other")
    with pytest.raises(RuntimeError, match=r"leaflet\.js: sha256"):
        hook.gather(folder)
    (folder / hook.ASSETS / "leaflet.js").unlink()
    with pytest.raises(RuntimeError, match=r"leaflet\.js: missing"):
        hook.gather(folder)


def test_committed_files_name_no_registry_host(hook: ModuleType) -> None:
    for name in ("package.json", "package-lock.json", hook.LOCK):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "resolved" not in text
        assert "registry" not in text
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(version[0].isdigit() for version in pinned.values())
    assert set(json.loads((ROOT / hook.LOCK).read_text(encoding="utf-8"))) == set(hook.WANTED)
