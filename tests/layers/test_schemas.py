"""Schemas against the published table, the contract, and the data dictionary against the schemas."""

import csv
from pathlib import Path

import pytest

from geoplan.layers import SCHEMAS
from geoplan.layers.dictionary import markdown
from geoplan.layers.forest_fields import FRMS_FIELDS
from geoplan.layers.kinds import Kind
from geoplan.text.letters import column_key

HOME = Path(__file__).parents[2]
TABLE = HOME.parent / "shared" / "domain" / "frms_fields.csv"


def test_the_dictionary_is_current() -> None:
    """If this fails, write docs/truong_du_lieu.md anew from `geoplan.layers.dictionary.markdown()`, as UTF-8."""
    assert (HOME / "docs" / "truong_du_lieu.md").read_text(encoding="utf-8") == markdown()


def test_names_of_a_role_find_one_field_each() -> None:
    for schema in SCHEMAS.values():
        seen: dict[str, str] = {}
        for field in schema.fields:
            for name in {column_key(field.name), *(column_key(a.name) for a in field.aliases)}:
                assert seen.setdefault(name, field.name) == field.name, (schema.role, name)


def test_choices_have_one_meaning() -> None:
    for schema in SCHEMAS.values():
        for field in schema.fields:
            assert bool(field.choices) == (field.kind is Kind.CHOICE)
            keys = [
                k
                for value, names in field.choices.items()
                for k in {column_key(value), *(column_key(a.name) for a in names)}
            ]
            assert len(keys) == len(set(keys)), (schema.role, field.name)


def test_private_fields_of_the_contract() -> None:
    assert set(SCHEMAS["households"].private) == {"head_name", "phone", "id_no", "notes"}
    assert set(SCHEMAS["forest_lots"].private) == {"churung", "machur", "nguoink", "nguoitrch", "mangnk", "mangtrch"}
    assert "owner_code" in SCHEMAS["parcels"].private


def test_all_fields_of_frms_in_their_three_spellings() -> None:
    if not TABLE.exists():
        pytest.skip("the shared table of FRMS fields is not on this machine")
    by_name = SCHEMAS["forest_lots"].by_name
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(FRMS_FIELDS) == 52
    for row in rows:
        name = "diadanh" if row["field_shapefile"] == "ddanh" else row["field_shapefile"]
        known = {name, *(a.name for a in by_name[name].aliases)}
        for other in (row["field_frms_db_truncated"], row["field_alt_portal"]):
            assert other == "" or other in known, row
        assert by_name[name].private == (row["personal_data"] == "yes")
