"""Registering a case: one page, and the small answers it asks for while somebody writes. Must not judge."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("reception", __name__)
