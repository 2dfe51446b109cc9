"""How one link of the audit chain is sealed. PURE: bytes in, text out.

A link's seal is HMAC-SHA256 over the canonical JSON of all its fields, the seal before it among them, so
that no row can be changed, dropped, inserted or moved without the key. Holds no table (see `models`), no
walk (see `queries`) and no key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass

ALGORITHM = "HMAC-SHA256"
GENESIS = "0" * 64
# The first field of every sealed message: a change of the layout of `Link` gets a new number.
_LAYOUT = 1


@dataclass(frozen=True)
class Link:
    """What is sealed: every column but the seal itself, in the order they are sealed in.

    `at` is None when what the database holds is no instant at all; such a link never verifies.
    """

    seq: int
    at: dt.datetime | None
    actor_id: int | None
    actor_role: str | None
    organisation_id: int | None
    ip: str | None
    request_id: str | None
    action: str
    object_type: str
    object_ref: str
    result: str
    detail: str
    alg: str
    key_id: str
    prev: str


def canonical(value: object) -> str:
    """JSON with one spelling: keys sorted, no blanks, Chinese as it is, sets sorted, the rest as text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def canonical_detail(detail: Mapping[str, object]) -> str:
    """The text of `AuditEvent.detail`."""
    return canonical(dict(detail))


def seal(key: bytes, link: Link) -> str:
    """The hexadecimal HMAC-SHA256 of `link` under `key`, 64 characters."""
    return hmac.new(key, canonical([_LAYOUT, *astuple(link)]).encode(), hashlib.sha256).hexdigest()


def is_sealed(key: bytes, link: Link, mac: object) -> bool:
    """Whether `mac` is the seal of `link`; compares in constant time and never raises."""
    return hmac.compare_digest(seal(key, link).encode(), str(mac).encode())


def key_id(key: bytes) -> str:
    """A short public name of `key` that says nothing about it: eight hexadecimal characters."""
    return hmac.new(key, b"the name of the audit key", hashlib.sha256).hexdigest()[:8]


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, set | frozenset):
        return sorted(str(member) for member in value)
    return str(value)
