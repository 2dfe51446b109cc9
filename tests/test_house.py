"""The rules of the house that no linter knows.

What ruff, mypy, djlint and import-linter can hold stands in pyproject.toml: imports at the top of the module,
time read in clock.py only, a docstring in every module, floors and rooms.
"""

from __future__ import annotations

import ast
import http
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

import mediation
from mediation import channels, migrating, terms
from mediation.errors import RefusalError
from mediation.words import Term

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mediation"
TEMPLATES = ROOT / "templates"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

Kind = TypeVar("Kind")

# Who ends a transaction besides the views, and why.
COMMITTERS = {
    "cli.py": "a command commits one unit at a time",
    "database.py": "aside(): a short transaction of its own",
    "ledger/command.py": "the import as a command: one file is one unit",
    "migrating.py": "one transaction around all steps of a migration",
}

# Rules of the linter that hold the house together, and the only places that may switch one off.
LOAD_BEARING = ("TID251", "PLC0415", "BLE001")
SILENCED: dict[str, str] = {}

# What a migration may take from the code, and why; all else it spells out, as it was on its day.
LASTING = {
    "mediation.audit.triggers": "the guards of the trail must not be spelt twice; their names never change",
    "mediation.cases.search_index": "what the search rests on must not be spelt twice; its names never change",
}


def sources(folder: Path = PACKAGE) -> Iterator[tuple[str, ast.Module]]:
    """Every module beneath `folder`: its path within it and its tree."""
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path))


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def loaded() -> None:
    """Load every module, so that every class is known to its parent."""
    for module in pkgutil.walk_packages(mediation.__path__, "mediation."):
        importlib.import_module(module.name)


def descendants(kind: type[Kind]) -> list[type[Kind]]:
    return sorted(
        {child for direct in kind.__subclasses__() for child in (direct, *descendants(direct))},
        key=lambda child: child.__qualname__,
    )


def refusals() -> list[type[RefusalError]]:
    loaded()
    return [RefusalError, *descendants(RefusalError)]


# ------------------------------------------------------------------------------------------ transactions and time


def commits(tree: ast.Module) -> Iterator[int]:
    """The lines that end a transaction for good: `….commit()`, and blocks `with ….begin():`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="commit" | "begin")):
                yield node.lineno


def test_only_views_and_commands_commit():
    found = [
        f"{path}:{line}"
        for path, tree in sources()
        if path not in COMMITTERS and not path.endswith("views.py")
        for line in commits(tree)
    ]
    assert found == []


def test_in_the_database_module_only_aside_commits():
    (tree,) = [tree for path, tree in sources() if path == "database.py"]
    aside = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "aside"]
    lines = {node.lineno for function in aside for node in ast.walk(function) if hasattr(node, "lineno")}
    assert [line for line in commits(tree) if line not in lines] == []


def test_every_committer_named_here_commits():
    """An exception nobody uses any more is taken off the list."""
    trees = dict(sources())
    assert [path for path in COMMITTERS if path in trees and not list(commits(trees[path]))] == []


def literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """The strings of a module that are no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def test_the_clock_of_the_database_is_never_read():
    clock = re.compile(
        r"current_(timestamp|date|time)\b|\bnow\(\)|\b(date|datetime|julianday|strftime)\(.*'now'", re.IGNORECASE
    )
    found = [
        f"{folder.name}/{path}:{text.lineno}"
        for folder in (PACKAGE, ROOT / "migrations")
        for path, tree in sources(folder)
        for text in literals(tree)
        if clock.search(str(text.value))
    ]
    assert found == []


def test_the_rules_that_hold_the_house_together_are_silenced_nowhere_else():
    silencer = re.compile(r"#\s*(?:ruff:\s*)?noqa:\s*([A-Z0-9, ]+)")
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {rule}"
        for folder in (PACKAGE, ROOT / "migrations", ROOT / "tests")
        for path in folder.rglob("*.py")
        for match in silencer.finditer(path.read_text(encoding="utf-8"))
        for rule in re.split(r"[,\s]+", match[1].strip())
        if rule.startswith(LOAD_BEARING)
    }
    assert found == set(SILENCED)


def test_one_place_assigns_the_state_of_a_case():
    """What follows from the moves is written where it is derived; tests walk the workflow like anyone."""
    found = {
        f"{folder.name}/{path}"
        for folder in (PACKAGE, ROOT / "tests")
        for path, tree in sources(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if node.attr in ("state", "outcome_class")
    }
    assert found <= {"mediation/cases/deriving.py"}


def test_nothing_is_pointed_back_at():
    """No `backref`: what points at a thing stands on a floor above it; ask a query."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "backref"
    ]
    assert found == []


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module and name the module imports, in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_a_migration_names_nothing_of_the_code_that_may_change():
    """A step must run years later, against the code of that day."""
    found = [
        f"{path}: {name}"
        for path, tree in sources(ROOT / "migrations" / "versions")
        for name in imported(tree)
        if name.split(".")[0] == "mediation" and name not in LASTING
    ]
    assert found == []


def test_there_is_one_newest_migration():
    assert migrating.head() == max(migrating.numbers(), default=None)


# ------------------------------------------------------------------------------------------ words and refusals


def test_every_member_of_every_closed_list_has_its_title_in_both_languages():
    loaded()
    wrong = [
        f"{kind.__name__}.{member.name}"
        for kind in descendants(Term)
        for member in kind
        if not re.search(r"\S", member.words.zh) or not re.search(r"[A-Za-z]", member.words.en)
    ]
    assert wrong == []


def test_no_two_members_of_a_list_of_the_trade_share_a_title():
    """A spreadsheet brings titles, not codes: each must mean one member."""
    wrong = [
        f"{kind.__name__}: {language}"
        for kind in descendants(Term)
        if kind.__module__ in (terms.__name__, channels.__name__)
        for language in ("zh_Hans", "en")
        if len({member.in_(language).casefold() for member in kind}) < len(kind)
    ]
    assert wrong == []


def test_a_stored_code_is_plain_and_fits_its_column():
    loaded()
    wrong = [
        f"{kind.__name__}.{member.name}"
        for kind in descendants(Term)
        for member in kind
        if not re.fullmatch(r"[a-z0-9_]+([:.][a-z0-9_]+)*", member.value) or len(member.value) > 40
    ]
    assert wrong == []


def test_every_refusal_says_what_it_means_and_bears_a_status_of_its_own_kind():
    wrong = [
        refusal.__name__
        for refusal in refusals()
        if not refusal.__doc__
        or not refusal.__name__.endswith("Error")
        or refusal.status not in set(http.HTTPStatus)
        or refusal.status < 400
    ]
    assert wrong == []


def test_every_refusal_has_its_page(app: Flask):
    for refusal in refusals():
        with app.test_request_context("/no-such-page"):
            app.preprocess_request()
            response = app.make_response(app.handle_user_exception(refusal("The register is being carried upstairs.")))
            assert response.status_code == refusal.status, refusal
            assert response.mimetype == "text/html", refusal
            assert "The register is being carried upstairs." in response.get_data(as_text=True), refusal


# ------------------------------------------------------------------------------------------ templates


INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style\b",
    "a style on an element": r"<[^>]*\sstyle\s*=",
    "a script on an element": r"<[^>]*\son[a-z]+\s*=",
    "a script in an address": r"javascript:",
    "a thing from another house": r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//",
    "text that is not escaped": r"\|\s*safe\b|autoescape\s+false|Markup\(",
}


@pytest.mark.parametrize("fault", INLINE)
def test_no_template_holds(fault):
    found = [
        f"{path.relative_to(TEMPLATES).as_posix()}:{text[: match.start()].count(chr(10)) + 1}"
        for path in templates()
        for text in [path.read_text(encoding="utf-8")]
        for match in re.finditer(INLINE[fault], text, re.IGNORECASE)
    ]
    assert found == []


def test_every_page_has_a_view_of_its_name():
    """`templates/cases/show.html` is what `show()` in `mediation/cases` answers with; macros stand in `macros/`.

    A part that pages of one folder share begins with an underscore and is named by one of them.
    """
    named = "".join(path.read_text(encoding="utf-8") for path in templates())
    orphans = []
    for path in templates():
        whole = path.relative_to(TEMPLATES).as_posix()
        folder, _, name = whole.removesuffix(".html").partition("/")
        if not name or folder == "macros":
            continue
        functions = {
            node.name.lstrip("_")
            for _, tree in sources(PACKAGE / folder)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
        }
        is_there = f'"{whole}"' in named if name.startswith("_") else name in functions
        if not is_there:
            orphans.append(whole)
    assert orphans == []


def test_beside_the_macros_and_pages_there_are_only_the_frame_and_the_refusal():
    assert {path.name for path in TEMPLATES.glob("*.html")} <= {"base.html", "refusal.html"}


# ------------------------------------------------------------------------------------------ languages


CATALOGUE = PACKAGE / "translations" / "zh_Hans" / "LC_MESSAGES" / "messages.po"


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def texts() -> set[Any]:
    """Every text of the code and the templates that is to be translated, found as `make messages` finds it."""
    mappings = PYPROJECT["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        [(row["pattern"], row["method"]) for row in mappings],
        {row["pattern"]: {k: v for k, v in row.items() if k not in ("pattern", "method")} for row in mappings},
        keywords={**DEFAULT_KEYWORDS, "lazy_gettext": None, "_l": None},
    )
    return {_strings(text)[0] for _, _, text, _, _ in found}


def test_every_text_has_its_chinese():
    known = {_strings(message.id)[0] for message in catalogue() if message.id and all(_strings(message.string))}
    assert sorted(texts() - known) == []


def test_the_catalogue_holds_no_text_that_is_gone():
    found = catalogue()
    known = {_strings(message.id)[0] for message in found if message.id}
    assert sorted(known - texts()) == []
    assert list(found.obsolete) == []


def test_no_translation_is_a_guess():
    assert [message.id for message in catalogue() if message.id and message.fuzzy] == []


def test_a_translation_names_the_same_values():
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)", text))

    wrong = [
        message.id
        for message in catalogue()
        if message.id
        for text in _strings(message.string)
        if names(text) != set().union(*(names(form) for form in _strings(message.id)))
    ]
    assert wrong == []


def test_what_is_served_is_what_was_translated():
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        served = read_mo(file)
    assert translated(served) == translated(catalogue())


def translated(found: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_strings(message.id): _strings(message.string) for message in found if message.id and message.string}


def _strings(text: Any) -> tuple[str, ...]:
    """A text that has a plural is a row of texts."""
    return (text,) if isinstance(text, str) else tuple(text)


# ------------------------------------------------------------------------------------------ packing


def test_every_package_is_packed():
    beside = {"mediation.templates", "mediation.migrations"}
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == there | beside


def test_the_tried_versions_are_exact_and_hold_no_address():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][^ /:@]*( ; [^/:@]+)?", line)] == []
