"""Finding cases by any number, party, right number, or by words: one Chinese character is enough, two are better.

`search_text` keeps for each case everything it is found by, as words: letters and digits in runs, every Han
character a word of its own. A phrase of such words is found exactly, whatever its length, by an index each engine
brings: SQLite's FTS5 over the words, PostgreSQL's GIN over single words and neighbouring pairs (rechecked).
`index`, `index_many` and `index_words` are the only writers. Must not hold what a page does with a hit.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Text, and_, column, delete, func, insert, literal, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY

from mediation.cases import identifiers, queries
from mediation.cases.models import Case, Counter, ExternalNumber, Party, Proceeding, Right, SearchText
from mediation.database import Session
from mediation.people.permissions import Person
from mediation.register.models import Organisation

LONGEST = 200
"""Longest question in characters; what comes after is not looked for."""

MOST_PHRASES = 8

LONGEST_WORD = 64
"""What stands beyond in one word is not indexed: PostgreSQL's index refuses a key of some thousand bytes."""

# 佛高知调〔2026〕00042号, 2026-42, 2026/42: whose number, its year, its running number.
_YEAR_AND_TAIL = re.compile(r"(\D*)(20\d{2})\D{1,3}0*(\d{1,6})\D{0,2}")
_TAIL = re.compile(r"0*(\d{1,6})")

# Han characters with every extension there is (Unicode 16, planes 2 and 3 whole), and the iteration marks.
_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Found:
    """What was found, newest first. `by_number`: a number was meant, not words. `more`: there are more than these."""

    case_ids: tuple[int, ...]
    by_number: bool
    more: bool = False


def index(session: Session, case: Case) -> None:
    """Write down (again) what the case is found by. Call it after parties, rights or numbers changed."""
    body = words_of(case)
    found = session.get(SearchText, case.id)
    if found is None:
        session.add(SearchText(case_id=case.id, body=body))
        _learn(session, [(case.id, body)])
    elif found.body != body:
        _forget(session, [(case.id, found.body)])
        found.body = body
        _learn(session, [(case.id, body)])


def index_many(session: Session, cases: Iterable[Case]) -> None:
    """`index` for cases that were never indexed, in two statements whatever their number."""
    index_words(session, [(case.id, words_of(case)) for case in cases])


def index_words(session: Session, rows: Sequence[tuple[int, str]]) -> None:
    """`index_many` of cases whose `words_of` are known already (an import's): (id of the case, its words)."""
    if rows:
        session.execute(insert(SearchText), [{"case_id": key, "body": body} for key, body in rows])
        _learn(session, rows)


def forget(session: Session, case_ids: Sequence[int]) -> None:
    """Let these cases be found no more."""
    rows = session.execute(select(SearchText.case_id, SearchText.body).where(SearchText.case_id.in_(case_ids))).all()
    _forget(session, [(row.case_id, row.body) for row in rows])
    session.execute(delete(SearchText).where(SearchText.case_id.in_(case_ids)))


def _learn(session: Session, rows: Sequence[tuple[int, str]]) -> None:
    if _is_sqlite(session):
        values = [{"case_id": key, "body": body} for key, body in rows]
        session.execute(text("INSERT INTO search_index (rowid, body) VALUES (:case_id, :body)"), values)


def _forget(session: Session, rows: Sequence[tuple[int, str]]) -> None:
    # The full-text table keeps no text of its own: to take a row out it must be told what it learnt.
    if rows and _is_sqlite(session):
        values = [{"case_id": key, "body": body} for key, body in rows]
        session.execute(
            text("INSERT INTO search_index (search_index, rowid, body) VALUES ('delete', :case_id, :body)"), values
        )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def words_of(case: Case) -> str:
    """Everything the case is found by, as words."""
    parts = [case.number, case.facts, case.series or ""]
    parts += [p.number for p in case.proceedings]
    parts += [w for p in case.parties for w in (p.name, p.identifier or "", p.agent or "")]
    parts += [w for r in case.rights for w in (r.number or "", r.number_key or "", r.title or "", r.holder or "")]
    parts += [w for n in case.numbers for w in (n.number, n.number_key)]
    return spaced(" ".join(part for part in parts if part))


def spaced(written: str) -> str:
    """`written` as words with one space between: compatibility forms made plain, lower case, nothing but letters and
    digits, each Han character by itself. Applying it twice changes nothing more."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())
    signs = (f" {sign} " if _HAN.match(sign) else sign if sign.isalnum() else " " for sign in plain)
    return " ".join(word[:LONGEST_WORD] for word in "".join(signs).split())


def find(session: Session, written: str, person: Person, limit: int = 50) -> Found:
    """The cases visible to `person` that bear `written`: as a number first, and if none does, as words."""
    written = written.strip()[:LONGEST]
    for condition, is_number in ((numbered(written), True), (worded(session, written), False)):
        if condition is None:
            continue
        ids = session.scalars(
            select(Case.id)
            .where(condition, queries.visible_to(person))
            .order_by(Case.received_on.desc(), Case.id.desc())
            .limit(limit + 1)
        ).all()
        if ids:
            return Found(tuple(ids[:limit]), is_number, len(ids) > limit)
    return Found((), False)


def numbered(written: str) -> ColumnElement[bool] | None:
    """The condition that a case bears `written` as a number: a right's, a party's, anybody's number of the case, our
    own in full, its year and tail (2026-42) or its tail (00042); None when there is no digit in it."""
    if not any(sign.isdecimal() for sign in written):
        return None
    key = identifiers.normalise(written)
    ways = [
        select(ExternalNumber.case_id).where(ExternalNumber.number_key == key),
        select(Right.case_id).where(Right.number_key == key),
        select(Party.case_id).where(Party.identifier == key),
        select(Proceeding.case_id).where(Proceeding.number == written),
        select(Case.id).where(Case.number == written),
    ]
    plain = unicodedata.normalize("NFKC", written)
    if tail := _TAIL.fullmatch(plain):
        seq = int(tail[1])
        # Naming the years and organisations there are lets the engines walk their unique indexes.
        years = select(Counter.year)
        ways += [
            select(Case.id).where(Case.number_year.in_(years), Case.number_seq == seq),
            select(Proceeding.case_id).where(
                Proceeding.organisation_id.in_(select(Organisation.id)),
                Proceeding.number_year.in_(years),
                Proceeding.number_seq == seq,
            ),
        ]
    elif both := _YEAR_AND_TAIL.fullmatch(plain):
        prefix, year, seq = "".join(filter(str.isalnum, both[1])), int(both[2]), int(both[3])
        ways += [
            select(Case.id).where(
                Case.number_year == year, Case.number_seq == seq, Case.number.startswith(prefix, autoescape=True)
            ),
            select(Proceeding.case_id).where(
                Proceeding.organisation_id.in_(select(Organisation.id)),
                Proceeding.number_year == year,
                Proceeding.number_seq == seq,
                Proceeding.number.startswith(prefix, autoescape=True),
            ),
        ]
    return Case.id.in_(union(*ways).subquery().select())


def worded(session: Session, written: str) -> ColumnElement[bool] | None:
    """The condition that a case bears every phrase of `written` (blanks divide phrases); None when no word is in it."""
    phrases = [phrase for chunk in written[:LONGEST].split() if (phrase := spaced(chunk))][:MOST_PHRASES]
    if not phrases:
        return None
    if not _is_sqlite(session):
        return Case.id.in_(select(SearchText.case_id).where(and_(*(_in_grams(phrase) for phrase in phrases))))
    # Quoted, a word of the question is never read as a word of the query language.
    match = " ".join(f'"{phrase}"' for phrase in phrases)
    rows = text("SELECT rowid FROM search_index WHERE search_index MATCH :phrases").bindparams(phrases=match)
    return Case.id.in_(rows.columns(column("rowid", Integer)).subquery().select())


def _in_grams(phrase: str) -> ColumnElement[bool]:
    """The GIN index finds the rows with all the phrase's pairs of words; the text itself decides about the order."""
    grams = literal(grams_of(phrase), ARRAY(Text))
    body = literal(" ").concat(SearchText.body).concat(" ")
    return and_(
        func.search_grams(SearchText.body).bool_op("@>")(grams), body.contains(f" {phrase} ", autoescape=True)
    )


def grams_of(phrase: str) -> list[str]:
    """What the index keeps of a phrase: its pairs of neighbouring words, or the one word it is."""
    words: Sequence[str] = phrase.split(" ")
    return [f"{a} {b}" for a, b in itertools.pairwise(words)] or list(words)

