"""The app: settings, database, pages, refusals, in this order. Holds no page and no rule.

A new capability is one import and one entry of `PAGES`.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask

from mediation.accounts.views import blueprint as accounts
from mediation.awards.views import blueprint as awards
from mediation.cases.views import blueprint as cases
from mediation.config import Settings, read_settings
from mediation.database import make_database
from mediation.desk.views import blueprint as desk
from mediation.directory.views import blueprint as directory
from mediation.docket.views import blueprint as docket
from mediation.ledger.views import blueprint as ledger
from mediation.reception.views import blueprint as reception
from mediation.statistics.views import blueprint as figures
from mediation.web import access, converters, errors, filters, language, pages, request, security
from mediation.web.views import blueprint as web

PAGES: tuple[Blueprint, ...] = (
    web,
    accounts,
    cases,
    desk,
    directory,
    reception,
    docket,
    awards,
    figures,
    ledger,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The app as it serves; `settings` are read from the environment when none are given.

    Raises:
        RuntimeError: a page does not say who may open it.
        ValueError: a setting is unreadable.
    """
    settings = settings or read_settings()
    app = Flask("mediation", template_folder=str(_templates()))
    security.init(app, settings)
    request.init(app, settings, make_database(settings.database_url, info={"audit_key": settings.audit_key}))
    access.init(app)
    language.init(app)
    converters.init(app)
    filters.init(app)
    pages.init(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    errors.init(app)
    access.ensure_declared(app)
    return app


def _templates() -> Path:
    """Inside the package in a wheel, beside it in the repository."""
    here = Path(__file__).resolve().parent
    inside = here / "templates"
    return inside if inside.is_dir() else here.parent / "templates"
