"""Pages that list cases: the docket, the search, one's own work; and the help. Writes nothing."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("docket", __name__)
