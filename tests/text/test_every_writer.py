"""One module makes text safe: no other escapes by itself, and what builds markup, SQL, CSV or formulas asks it.

Read in the source, so that it holds for rooms that are not built yet. What may stand outside is listed with its reason.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import geoplan

HOME = Path(geoplan.__file__).parent
OWN = {"text/safe.py", "text/file_names.py"}
ESCAPERS = {"html", "cgi", "markupsafe", "xml.sax.saxutils", "shlex", "urllib.parse"}
SIGNS = set("&<>`$") | {'"', "'", "\\"}
STATEMENT = re.compile(
    r"\b(SELECT\s.*\bFROM|INSERT\s+INTO|CREATE\s+(TABLE|INDEX|VIEW|TRIGGER)|DROP\s+\w+|DELETE\s+FROM|UPDATE\s+\S+\s+SET|ALTER\s+TABLE|PRAGMA\s|ATTACH\s)",
    re.IGNORECASE | re.DOTALL,
)
MARKUP = re.compile(r"(?<!\?P)</?[a-zA-Z][\w-]*[\s>/]|<!--|<!DOCTYPE|\bon\w+=|javascript:", re.IGNORECASE)
SAFE = {
    "html",
    "json_in_html",
    "docx",
    "sql_name",
    "csv_cell",
    "cell",
    "file_name",
    "plain",
    "int",
    "len",
    "float",
    "repr",
    "number",
}
ALLOWED = {
    ("replace", "project_folder.py"): "TOML text of a new project file",
    ("sql", "formats/ogr.py"): "OGR's own SQL, with names quoted its way",
    ("replace", "formats/ogr.py"): "OGR's own SQL, which quotes otherwise",
    ("csv", "demo/files.py"): "tables of the demo: our own words",
    ("table", "results.py"): "pandas escapes, for a notebook",
    ("sql", "formats/gpkg_tables.py"): "columns of a closed list beside quoted names",
}
RAW_IN_PAGES = {"lang", "policy", "version", "styles", "style", "scripts", "script", "map", "synthetic"}
"""Values of a page that are ours: assets, numbers, and what `policy` and folium made of no user's text."""


def sources() -> list[Path]:
    return sorted(p for p in HOME.rglob("*.py") if "__pycache__" not in p.parts)


def name_of(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def findings(path: str, text: str) -> Iterator[str]:
    """What a module does by itself that `text.safe` is there for: ``rule line``."""
    if path in OWN:
        return
    module = Module(ast.parse(text))
    for node in module.nodes:
        for rule in module.rules(node):
            if (rule, path) not in ALLOWED:
                yield f"{rule} {getattr(node, 'lineno', 0)}"


class Module:
    """A module's tree, walked once."""

    def __init__(self, tree: ast.Module) -> None:
        self.nodes = list(ast.walk(tree))
        self.inert = {id(part) for node in self.nodes for part in unread(node)}
        self.used = {called(n) for n in self.nodes}
        self.scripts = any(
            isinstance(n, ast.Constant) and isinstance(n.value, str) and re.search(r"<script|</", n.value)
            for n in self.nodes
        )
        self.openpyxl = any(
            isinstance(n, ast.ImportFrom) and (n.module or "").startswith("openpyxl") for n in self.nodes
        )
        self.given: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Name):
                    self.given.setdefault(target.id, []).append(node.value)

    def rules(self, node: ast.AST) -> Iterator[str]:
        yield from (
            *imports(node),
            *escapes(node),
            *statements(node, self),
            *markup(node, self),
            *documents(node, self),
            *pages(node),
        )


def unread(node: ast.AST) -> Iterator[ast.AST]:
    """Texts that reach nobody: docstrings."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (
            part.value for part in node.body if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
        )


def imports(node: ast.AST) -> Iterator[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    if any(name in ESCAPERS for name in names):
        yield "import"


def escapes(node: ast.AST) -> Iterator[str]:
    """``.replace("<", ...)`` and tables of `str.maketrans` with signs of markup, quotes or backslashes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        first = node.args[0] if node.args else None
        if (
            node.func.attr == "replace"
            and len(node.args) == 2
            and isinstance(first, ast.Constant)
            and first.value in SIGNS
            and not is_path(node)
        ):
            yield "replace"
        if node.func.attr == "maketrans" and isinstance(first, ast.Dict):
            keys = {k.value for k in first.keys if isinstance(k, ast.Constant)}
            if keys & SIGNS:
                yield "replace"
        if (
            node.func.attr in {"escape", "quoteattr"}
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id not in {"re", "glob"}
        ):
            yield "replace"


def is_path(node: ast.Call) -> bool:
    """Backslashes of a Windows path into slashes."""
    return [a.value for a in node.args if isinstance(a, ast.Constant)] == ["\\", "/"]


def statements(node: ast.AST, module: Module) -> Iterator[str]:
    """A statement of SQL put together of anything but quoted names and constants."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        literal = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        parts = [p.value for p in node.values if isinstance(p, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and isinstance(node.left, ast.Constant):
        literal, parts = str(node.left.value), [node.right]
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
    ):
        literal, parts = str(node.func.value.value), list(node.args)
    else:
        return
    if STATEMENT.search(literal) and not all(quoted(part, module) for part in parts):
        yield "sql"


def quoted(part: ast.expr, module: Module) -> bool:
    """A constant, a choice of constants, `safe.sql_name(...)`, or a name that is only ever given such."""
    if isinstance(part, ast.Constant):
        return True
    if isinstance(part, ast.IfExp):
        return quoted(part.body, module) and quoted(part.orelse, module)
    if isinstance(part, ast.Call):
        if called(part) == "join" and len(part.args) == 1 and isinstance(part.args[0], ast.GeneratorExp | ast.ListComp):
            return quoted(part.args[0].elt, module)
        if called(part) == "join" and len(part.args) == 1 and isinstance(part.args[0], ast.List):
            return all(
                quoted(
                    each.value.elt
                    if isinstance(each, ast.Starred) and isinstance(each.value, ast.GeneratorExp)
                    else each,
                    module,
                )
                for each in part.args[0].elts
            )
        return called(part) in {"sql_name", "quoted", "int", "len"}  # one's own `quoted` asks `sql_name`: see `escapes`
    if isinstance(part, ast.JoinedStr):
        return all(quoted(p.value, module) for p in part.values if isinstance(p, ast.FormattedValue))
    if isinstance(part, ast.Name):
        given = module.given.get(part.id, [])
        return bool(given) and all(not isinstance(g, ast.Name) and quoted(g, module) for g in given)
    return False


def markup(node: ast.AST, module: Module) -> Iterator[str]:
    """Markup with something put into it that `safe` has not seen."""
    if not isinstance(node, ast.JoinedStr) or id(node) in module.inert:
        return
    literal = "\0".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
    values = [p.value for p in node.values if isinstance(p, ast.FormattedValue)]
    if MARKUP.search(literal) and any(not isinstance(v, ast.Constant) and called(v) not in SAFE for v in values):
        yield "markup"


def documents(node: ast.AST, module: Module) -> Iterator[str]:
    """JSON, CSV and cells of spreadsheets made where `safe` is not at hand."""
    name = called(node)
    if name == "dumps" and module.scripts:
        yield "json"
    table = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") == "csv"
    )
    if table and name in {"writer", "DictWriter"} and "csv_cell" not in module.used:
        yield "csv"
    if name in {"to_csv", "to_excel", "to_html"}:
        yield "table"
    to_cell = isinstance(node, ast.Assign) and any(
        isinstance(t, ast.Attribute) and t.attr == "value" for t in node.targets
    )
    if to_cell and module.openpyxl and not isinstance(node.value, ast.Constant) and "cell" not in module.used:
        yield "cell"


def pages(node: ast.AST) -> Iterator[str]:
    """Values handed to a template: escaped, or one of ours."""
    if called(node) == "render" and isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg not in RAW_IN_PAGES and not escaped(keyword.value):
                yield f"page:{keyword.arg}"


def escaped(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.IfExp):
        return escaped(value.body) and escaped(value.orelse)
    if isinstance(value, ast.DictComp):
        return escaped(value.value)
    if isinstance(value, ast.ListComp | ast.GeneratorExp):
        return escaped(value.elt)
    return called(value) in {"html", "json_in_html"}


def called(node: ast.AST) -> str:
    """Name of the function that is called, without its module."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_makes_text_safe_by_itself(path: Path) -> None:
    assert list(findings(name_of(path), path.read_text(encoding="utf-8"))) == []


PLANTED = [
    "import html\nhtml.escape(a)",
    "from html import escape",
    "from xml.sax.saxutils import escape",
    "import markupsafe",
    "a.replace('<', '&lt;')",
    "a.replace('\"', '\"\"')",
    "str.maketrans({'<': '&lt;'})",
    "base.execute(f'SELECT * FROM {name}')",
    "base.execute('SELECT count(*) FROM ' + name)",
    "base.execute('DROP TABLE %s' % name)",
    "base.execute('DELETE FROM {}'.format(name))",
    "base.execute(f'PRAGMA table_info({name})')",
    "quoted = name\nbase.execute(f'SELECT a FROM {quoted}')",
    "f'<b>{name}</b>'",
    "f'<img src=x onerror={name}>'",
    "page = f'<p>{a}</p>' if a else ''",
    "import csv\ncsv.writer(out).writerow([name])",
    "frame.to_csv(path)",
    "frame.to_excel(path)",
    "frame.to_html()",
    "from openpyxl import Workbook\ncell.value = name",
    "import json\npage = '<script>' + json.dumps(data) + '</script>'",
    "template.render(title=title)",
    "template.render(title=html(title), words={k: t for k, t in words.items()})",
]
FINE = [
    "base.execute(f'SELECT * FROM {safe.sql_name(name)}')",
    "quoted = safe.sql_name(name)\nbase.execute(f'SELECT count(*) FROM {quoted} WHERE a = ?', (b,))",
    "base.execute('SELECT a FROM b WHERE c = ?', (d,))",
    "f'<b>{safe.html(name)}</b>'",
    "import csv\ncsv.writer(out).writerow([safe.csv_cell(name)])",
    "from openpyxl import Workbook\ncell.value = safe.cell(name)",
    "template.render(title=html(title), lang=lang, data=json_in_html(data), banner=html(a) if b else '')",
    "a.replace('\\\\', '/')",
    "text.replace(',', '.')",
    "re.escape(a)",
    "json.dumps(record)",
]


@pytest.mark.parametrize("text", PLANTED)
def test_what_is_planted_is_found(text: str) -> None:
    assert list(findings("site/planted.py", text)) != []


@pytest.mark.parametrize("text", FINE)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert list(findings("site/planted.py", text)) == []


def test_every_exception_is_still_needed() -> None:
    needed = set()
    for path in sources():
        module = Module(ast.parse(path.read_text(encoding="utf-8")))
        needed |= {(rule, name_of(path)) for node in module.nodes for rule in module.rules(node)}
    assert set(ALLOWED) - needed == set()
