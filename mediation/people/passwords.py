"""Passwords: how they are hashed, which are refused, how one-time ones are made. No database, no Flask.

Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet): about 25 ms. At most two at
once per process, or a flood of sign-ins eats the memory. Length and a blocklist, no composition rules and no
expiry (NIST SP 800-63B, 3.1.1.2; OWASP ASVS 5, 6.2).
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mediation.errors import FactError, N_

SHORTEST, LONGEST = 12, 128

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = threading.BoundedSemaphore(2)

# The hash of a password nobody has: an unknown name costs the same work as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$NkTUxLxrIGxlYci+WPYd5g$mhUOuSGXK/sEJVOt/hHhhhGBsIeAA9A5GlRA1hrnKYo"

# No 0 O o, no 1 l i: it is read from a screen and typed, sometimes over the telephone.
_READABLE = "23456789abcdefghjkmnpqrstuvwxyz"

# What people begin with when they must think of a long one. Compared after `_skeleton`.
_COMMON = frozenset(
    (
        "password", "passw0rd", "qwerty", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsx", "1qaz2wsx", "letmein",
        "welcome", "iloveyou", "woaini", "admin", "administrator", "root", "test", "changeme", "secret", "monkey",
        "dragon", "sunshine", "princess", "football", "abc", "abcd", "abcdef", "abcdefg", "mima", "wodemima",
        "woaizhongguo", "5201314", "1314520", "a1b2c3d4", "correcthorsebatterystaple",
    )
)  # fmt: skip

# Words of this house: anyone who attacks it tries them first.
_CONTEXT = frozenset(
    (
        "mediation", "mediator", "tracker", "tiaojie", "tiaojieyuan", "santiaoliandong", "zhishichanquan", "zhuanli",
        "shangbiao", "foshan", "gaoxinqu", "gaoxin", "chancheng", "nanhai", "shunde", "gaoming", "sanshui", "guangdong",
        "zhongguo", "china", "fayuan", "知识产权", "调解员", "调解", "三调联动", "佛山", "高新区",
    )
)  # fmt: skip

_ROWS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")


def hash_password(password: str) -> str:
    """The Argon2id hash of `password`, with salt and parameters inside."""
    with _two_at_once:
        return _hasher.hash(_spelt(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether `password` belongs to `password_hash`; without one (an unknown name) the same work, then False."""
    with _two_at_once:
        try:
            _hasher.verify(password_hash or _NOBODY, _spelt(password)[: LONGEST * 4])
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than ours: hash anew while the password is at hand."""
    return _hasher.check_needs_rehash(password_hash)


def ensure_good(password: str, *, username: str = "", field: str = "password") -> None:
    """Refuse a password that is too short, too long, or among the first a stranger would try.

    Raises:
        FactError: with the reason, on `field`.
    """
    spelt = _spelt(password)
    if len(spelt) < SHORTEST:
        raise FactError(N_("Use at least %(count)s characters."), field=field, count=SHORTEST)
    if len(spelt) > LONGEST:
        raise FactError(N_("Use at most %(count)s characters."), field=field, count=LONGEST)
    if len(username) >= 3 and username.casefold() in spelt.casefold():
        raise FactError(N_("The password must not contain the user name."), field=field)
    if len(set(spelt)) < 5 or len(_skeleton(spelt)) < 6:
        raise FactError(
            N_("This password is easy to guess. Use several words that do not belong together."), field=field
        )


def one_time_password() -> str:
    """A password to be changed at the first sign-in: four readable groups, 79 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def _spelt(password: str) -> str:
    """One spelling for what looks alike (full-width letters of a Chinese keyboard)."""
    return unicodedata.normalize("NFKC", password)


def _skeleton(password: str) -> str:
    """What is left when common words, words of the house, years, runs and repetitions are taken away."""
    rest = password.casefold()
    for word in sorted(_COMMON | _CONTEXT, key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = re.sub(r"(?:19|20)\d\d", "", rest)
    for row in _ROWS:
        for way in (row, row[::-1]):
            for length in range(len(way), 3, -1):
                for start in range(len(way) - length + 1):
                    rest = rest.replace(way[start : start + length], "")
    return re.sub(r"(.)\1{2,}", r"\1", rest)
