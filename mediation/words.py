"""Bilingual words: the field's own terms carry their Chinese and English titles themselves.

Holds the two types every closed list is made of. Must not hold a list of its own (see `terms`),
nor text of pages (that goes through gettext).
"""

from __future__ import annotations

import enum
from typing import Literal, NamedTuple, Self

Language = Literal["zh_Hans", "en"]

LANGUAGES: tuple[Language, ...] = ("zh_Hans", "en")
DEFAULT_LANGUAGE: Language = "zh_Hans"


class Words(NamedTuple):
    """One title or sentence in both languages."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The words in `language` (`"en"`, anything else is Chinese)."""
        return self.en if language == "en" else self.zh


class Term(enum.StrEnum):
    """A member of a closed list: `CODE = "code", "中文", "English"`; only the code is stored."""

    words: Words

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = Words(zh, en)
        return member

    def in_(self, language: str) -> str:
        """The member's title in `language`."""
        return self.words.in_(language)
