"""Finding cases by any number, party, right number, or words in Chinese from two characters.

`search_text` keeps for each case everything it is found by: normalised, one space around every Han character,
so that a full-text index of words finds phrases of any length. Must not decide who may see what it finds.
"""

from __future__ import annotations

from mediation.cases.models import Case, SearchText
from mediation.database import Session


def index(session: Session, case: Case) -> None:
    """Write down (again) what the case is found by. Call it after parties, rights or numbers changed."""
    body = body_of(case)
    found = session.get(SearchText, case.id)
    if found is None:
        session.add(SearchText(case_id=case.id, body=body))
    elif found.body != body:
        found.body = body


def body_of(case: Case) -> str:
    """Everything the case is found by, as `search_text` keeps it."""
    words = [case.number, case.facts, case.series or ""]
    words += [p.number for p in case.proceedings]
    words += [w for p in case.parties for w in (p.name, p.identifier or "", p.agent or "")]
    words += [w for r in case.rights for w in (r.number or "", r.number_key or "", r.title or "", r.holder or "")]
    words += [w for n in case.numbers for w in (n.number, n.number_key)]
    return spaced(" ".join(w for w in words if w))


def spaced(text: str) -> str:
    """`text` normalised for finding, a space around every Han character."""
    out = [f" {sign} " if "\u4e00" <= sign <= "\u9fff" else sign for sign in text]
    return " ".join("".join(out).split())
