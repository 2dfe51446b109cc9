"""The menu offers what its pages permit, and nothing else."""

from __future__ import annotations

import re

import pytest

from mediation.people import permissions
from mediation.terms import Role
from mediation.web import access, menu


@pytest.mark.parametrize("role", Role)
def test_every_entry_that_is_offered_can_be_opened(make_account, sign_in, role):
    make_account("wang", role)
    browser = sign_in("wang")
    page = browser.get("/account").get_data(as_text=True)
    addresses = re.findall(r'<a href="([^"]+)"[^>]*accesskey', page)
    for address in addresses:
        assert browser.get(address).status_code == 200, address


@pytest.mark.parametrize("role", Role)
def test_nothing_a_role_may_open_is_left_out(app, make_account, sign_in, role):
    make_account("wang", role)
    page = sign_in("wang").get("/account").get_data(as_text=True)
    for item in menu.MENU:
        if item.endpoint in app.view_functions:
            wang = type("Wang", (), {"role": role, "account_id": 1, "organisation_id": None, "mediator_id": None})()
            assert (f">{item.title.en}" in page) == permissions.may(wang, item.permission), item.endpoint


def test_an_entry_asks_for_the_same_right_as_its_page(app):
    for item in menu.MENU:
        if item.endpoint in app.view_functions:
            assert access.permission_of(app, item.endpoint) is item.permission, item.endpoint


@pytest.mark.parametrize(
    ("present", "active"),
    [
        ("directory.mediators", "directory.mediators"),
        ("directory.mediator_edit", "directory.mediators"),
        ("directory.organisation", "directory.organisations"),
        ("directory.training_new", "directory.organisations"),
        ("accounts.edit", "accounts.index"),
        ("web.home", None),
        ("", None),
    ],
)
def test_the_entry_of_the_present_page_is_marked(present, active):
    offered = ["docket.home", "directory.organisations", "directory.mediators", "accounts.index"]
    assert menu._active(offered, present) == active
