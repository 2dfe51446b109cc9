"""What the README shows is what the house has."""

from __future__ import annotations

import re
from pathlib import Path

from mediation.cases import workflow

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_diagram_is_the_one_printed_from_the_table() -> None:
    shown = re.search(r"```mermaid\n(.*?)\n```", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == workflow.diagram()


def test_every_file_the_documents_link_to_exists() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_floor_is_on_the_map() -> None:
    floors = {p.name for p in (ROOT / "mediation").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    shown = set(re.findall(r"`([a-z]+)`", README))
    assert floors - shown == set()
