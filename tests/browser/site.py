"""The house a browser visits: a small register, cases in every situation, an account of each role, really served.

Everything is told by `tests.builders`, so each case went through the actions. Days are counted back from today,
because pages offer moves by what is possible today. Holds no assertion and knows no template.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import Text, select
from sqlalchemy.types import JSON, String
from werkzeug.serving import WSGIRequestHandler, make_server

from mediation import clock
from mediation.cases.intake import PartyEntry
from mediation.cases.models import Case
from mediation.cases.queries import Subject
from mediation.channels import Channel
from mediation.database import Base, Database, Session
from mediation.register.models import Registration
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    NotAcceptedReason,
    Outcome,
    PartyRole,
    ReopenCause,
    SuspendReason,
)
from mediation.terms import EntryForm as Way
from tests import builders
from tests.builders import Cast


@dataclass
class Places:
    """Ids by what they are to a test: `cases["mediating"]`."""

    cases: dict[str, int] = field(default_factory=dict)
    proceedings: dict[str, int] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    organisation: int = 0
    mediator: int = 0
    registration: int = 0
    account: int = 0


@dataclass(frozen=True)
class Site:
    """A served house: where it is, what lies in it, and the app and the database behind it."""

    address: str
    app: Flask
    database: Database
    cast: Cast
    places: Places

    def url(self, endpoint: str, **given: Any) -> str:
        """The whole address of a page."""
        return self.address + self.path(endpoint, **given)

    def path(self, endpoint: str, **given: Any) -> str:
        """The address of a page within the house."""
        with self.app.test_request_context():
            return str(self.app.url_for(endpoint, **given))

    def register(self, respondent: str) -> int:
        """One more case of the committee, received yesterday; the id of its proceeding."""
        # Not today: what is told happens at noon, and a browser may come in the morning.
        day = clock.today() - dt.timedelta(days=1)
        with self.database.write() as session:
            case = builders.register_case(session, self.cast, respondent=respondent, on=day)
            session.commit()
            return case.proceedings[-1].id

    def data(self) -> set[str]:
        """Every text somebody entered: what may stand on a page in either language."""
        with self.database.read() as session:
            found = {text for value in _values(session) for text in _texts(value)}
        return found - {""}


def _values(session: Session) -> Iterator[object]:
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, String | Text | JSON)]
        if columns:
            for row in session.execute(select(*columns)):
                yield from row


def _texts(value: object) -> Iterator[str]:
    """The texts in a value; structures are opened, also those kept as JSON in a text."""
    match value:
        case str() if value.startswith(("{", "[")):
            try:
                yield from _texts(json.loads(value))
            except ValueError:
                yield value
        case str():
            yield " ".join(value.split())
        case dict():
            for each in (*value.keys(), *value.values()):
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)


class _Quiet(WSGIRequestHandler):
    """Tells no request: a failing test prints what matters."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# What happened before the visit ---------------------------------------------------------------------------------------


class _Teller:
    """Tells the cases one after the other; keeps where they lie."""

    def __init__(self, session: Session, cast: Cast, today: dt.date) -> None:
        self.session, self.cast, self.today = session, cast, today
        self.places = Places()

    def ago(self, days: int) -> dt.date:
        return self.today - dt.timedelta(days=days)

    def case(self, name: str, days: int, *steps: Any, **more: Any) -> Case:
        """A case received so many days ago; each step a day later."""
        more.setdefault("respondent", f"顺德{len(self.places.cases) + 1}号五金店")
        case = builders.register_case(self.session, self.cast, on=self.ago(days), **more)
        for place, step in enumerate(steps):
            step(case, self.ago(days - 1 - place))
        self.session.flush()
        self.places.cases[name] = case.id
        self.places.proceedings[name] = case.proceedings[-1].id
        return case

    def do(self, action: Action, /, *, to: str = "proceeding", **facts: Any) -> Any:
        """A step: the move, by the codes of its facts; those given as None are the day of the step."""

        def step(case: Case, on: dt.date) -> None:
            proceeding = case.proceedings[-1]
            subject: Subject = proceeding.agreements[-1] if to == "agreement" else proceeding
            given = {code: on if value is None else value for code, value in facts.items()}
            if "respondents" in given:
                given["respondents"] = [party.id for party in case.respondents]
            builders.do(self.session, self.cast, subject, action, on, **given)

        return step

    def accept(self, case: Case, on: dt.date) -> None:
        builders.accept(self.session, self.cast, case, on)

    def assign(self, case: Case, on: dt.date) -> None:
        builders.assign(self.session, self.cast, case, on)

    def start(self, case: Case, on: dt.date) -> None:
        builders.start(self.session, self.cast, case, on)

    def agreed(self, case: Case, on: dt.date) -> None:
        builders.end(self.session, self.cast, case, on)

    def failed(self, case: Case, on: dt.date) -> None:
        builders.end(self.session, self.cast, case, on, Outcome.DEADLOCK)

    def offer(self, case: Case, on: dt.date) -> None:
        builders.offer(self.session, self.cast, case, on)

    def answer(self, case: Case, on: dt.date) -> None:
        builders.answer(self.session, self.cast, case.offers[-1], on)

    def tell(self) -> None:
        under_way = (self.accept, self.assign, self.start)
        self.case("registered", 3)
        self.case("accepted", 4, self.accept)
        self.case("led", 5, self.accept, self.assign)
        self.case("mediating", 6, *under_way)
        self.case(
            "suspended", 7, *under_way,
            self.do(Action.SUSPEND, suspended_on=None, suspend_reason=SuspendReason.APPRAISAL),
        )  # fmt: skip
        agree = self.do(
            Action.AGREE, respondents=None, agreement_scope=AgreementScope.WHOLE,
            agreement_form=AgreementForm.WRITTEN, signed_on=None, mediator_signed_on=None, sealed_on=None,
        )  # fmt: skip
        two = (
            PartyEntry(PartyRole.APPLICANT, "佛山灯具厂"),
            PartyEntry(PartyRole.RESPONDENT, "南海照明行"),
            PartyEntry(PartyRole.RESPONDENT, "三水灯饰城"),
        )
        self.case("agreed", 8, *under_way, agree, parties=two)
        apply = self.do(Action.APPLY_CONFIRMATION, to="agreement", court="故事人民法院", applied_on=None)
        self.case("to_confirm", 9, *under_way, agree, apply, parties=two)
        self.case("ended", 20, *under_way, self.agreed)
        self.case("failed", 21, *under_way, self.failed)
        self.case("closed", 22, *under_way, self.agreed, self.do(Action.CLOSE, closed_on=None))
        refuse = self.do(
            Action.REFUSE, not_accepted_on=None, not_accepted_reason=NotAcceptedReason.NOT_COMPETENT
        )
        self.case("not_accepted", 9, refuse)
        self.case("offered", 10, *under_way, self.offer)
        self.case("handed_over", 11, *under_way, self.offer, self.answer)
        self.case("to_judge", 2, channel=Channel.JUDICIAL, entry_form=Way.DELEGATED)
        reopen = self.do(
            Action.REOPEN, reopened_on=None, reopen_cause=ReopenCause.APPLIED_AGAIN, entry_form=Way.OWN
        )
        self.case("reopened", 12, *under_way, self.failed, reopen)
        # The year before: the last full one with cases, with which the figures and the award begin.
        summer = (self.today - dt.date(self.today.year - 1, 6, 15)).days
        for number in range(3):
            self.case(f"last_year_{number}", summer + 7 * number, *under_way, self.agreed)
        self.case("last_year_failed", summer + 30, *under_way, self.failed)
        self.case("last_year_offered", summer + 40, *under_way, self.offer, self.answer)
        offered = self.session.get_one(Case, self.places.cases["offered"])
        self.places.offers["offered"] = offered.offers[-1].id
        committee, mediator = self.cast.committee, self.cast.stage.mediators[Channel.PEOPLE]
        self.places.organisation, self.places.mediator = committee.id, mediator.id
        self.places.registration = self.session.scalars(
            select(Registration.id).where(Registration.mediator_id == mediator.id)
        ).one()
        self.places.account = self.cast.clerk.account_id


def tell(session: Session, today: dt.date | None = None) -> tuple[Cast, Places]:
    """The cast and its cases. The caller commits."""
    cast = builders.make_cast(session)
    teller = _Teller(session, cast, today or clock.today())
    teller.tell()
    return cast, teller.places
