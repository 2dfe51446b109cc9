"""How much of an uploaded spreadsheet is read, and the faults it can be refused for.

Shared by `reading` and by `child`, which runs in a process of its own. PURE. Must not hold sentences for
the user (they stand in `reading`).
"""

from __future__ import annotations

import dataclasses
import enum

MB = 1_000_000


@dataclasses.dataclass(frozen=True)
class Limits:
    """The caps of one reading; every default carries its reason.

    Sizes are bytes (`MB` is a million of them), times are seconds. Source: OWASP ASVS 5 (5.2.1 to 5.2.3).
    """

    file_bytes: int = 50 * MB
    """The file itself; the web tier usually takes less."""
    entries: int = 2_000
    """Parts of the zip: an ordinary workbook has some twenty."""
    unpacked_bytes: int = 200 * MB
    """Measured: 195,000 rows of 28 columns of shared strings, as Excel writes them, unpack to 197 MB; with the
    strings in the cells, as `writing` does, 78,000 rows do."""
    ratio: int = 100
    """Unpacked to packed size; the measured sheets of honest text have 10 to 30."""
    ratio_from_bytes: int = 10 * MB
    """Below this the ratio says nothing: a small sheet of equal rows packs very tightly."""
    rows: int = 200_000
    """The highest row number of a sheet, and the rows of all sheets together."""
    columns: int = 200
    cell_chars: int = 32_767
    """What a cell of Excel can hold; real files come near it (the UDRP file lists 4,000 and more characters of
    domains in one cell). What a field may hold is its form's rule, row by row."""
    memory_bytes: int = 1 << 30
    """Address space of the child: those 195,000 rows took 0.55 GB and 6 seconds of a processor."""
    output_bytes: int = 256 * MB
    """What the child may hand back: one long shared string in every cell would be far more than the file."""
    cpu_seconds: int = 10
    wall_seconds: int = 15
    """Below the usual 30 seconds after which a web server gives a worker up."""


class Fault(enum.StrEnum):
    """Why a file was refused; the child sends the code, `reading` has the sentence."""

    FOREIGN = "foreign"
    MISMATCH = "mismatch"
    OLD = "old"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    NAMES = "names"
    CORRUPT = "corrupt"
    ENCODING = "encoding"
    QUOTES = "quotes"
    EMPTY = "empty"
    FILE_BYTES = "file_bytes"
    ENTRIES = "entries"
    UNPACKED = "unpacked"
    RATIO = "ratio"
    ROWS = "rows"
    COLUMNS = "columns"
    CELL = "cell"
    MEMORY = "memory"
    TIME = "time"
