"""Uploaded spreadsheets to rows: .xlsx, .csv and .csv.gz, opened by `child` in a limited process of its own.

Holds the hand-over to that process, the rows it hands back, and the sentences a file is refused with. Must
not open the file itself beyond its length, and must not know what a row means. What is read is what
was typed or last calculated: text that begins with "=" is text, an error value (#DIV/0!) is a blank
cell, a merged cell has its value at its top left.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NoReturn

from mediation.errors import FactError, N_, RefusalError, TooLargeError
from mediation.sheets.cells import Cell, Row, lost_digits
from mediation.sheets.limits import MB, Fault, Limits

__all__ = ["Cell", "Limits", "Row", "SheetRows", "Workbook", "lost_digits", "read_workbook"]

_log = logging.getLogger(__name__)

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_REFUSED = 3
_KINDS = ("csv.gz", "csv", "xlsx")

_SENTENCES: dict[Fault, tuple[type[RefusalError], str]] = {
    Fault.FOREIGN: (FactError, N_("The file is not a spreadsheet that can be read: take .xlsx, .csv or .csv.gz.")),
    Fault.MISMATCH: (FactError, N_("The content of the file is not what its name says: it is no such spreadsheet.")),
    Fault.OLD: (FactError, N_("The workbook is in the old .xls format. Save it as .xlsx and upload it again.")),
    Fault.ENCRYPTED: (
        FactError,
        N_("The workbook is protected by a password. Save it without one and upload it again."),
    ),
    Fault.MACROS: (FactError, N_("The workbook holds macros. Save it as .xlsx without macros and upload it again.")),
    Fault.NAMES: (FactError, N_("The workbook holds parts with forbidden names and was not opened.")),
    Fault.CORRUPT: (FactError, N_("The file is damaged and cannot be read as a spreadsheet.")),
    Fault.ENCODING: (FactError, N_("The text of the file is neither UTF-8 nor GB18030.")),
    Fault.QUOTES: (
        FactError,
        N_("Row %(row)s of the file cannot be read: a quotation mark is not closed, or a cell is far too long."),
    ),
    Fault.EMPTY: (FactError, N_("The file holds no rows.")),
    Fault.FILE_BYTES: (TooLargeError, N_("The file is larger than %(limit)s MB.")),
    Fault.ENTRIES: (TooLargeError, N_("The workbook holds more than %(limit)s parts.")),
    Fault.UNPACKED: (TooLargeError, N_("The file unpacks to more than %(limit)s MB.")),
    Fault.RATIO: (TooLargeError, N_("The file unpacks to more than %(limit)s times its size and was not opened.")),
    Fault.ROWS: (TooLargeError, N_("The sheet “%(sheet)s” reaches further than %(limit)s rows.")),
    Fault.COLUMNS: (TooLargeError, N_("The sheet “%(sheet)s” reaches further than %(limit)s columns.")),
    Fault.CELL: (
        TooLargeError,
        N_("The cell in row %(row)s, column %(column)s of the sheet “%(sheet)s” is longer than %(limit)s characters."),
    ),
    Fault.MEMORY: (TooLargeError, N_("The file needs more memory than may be spent on it.")),
    Fault.TIME: (TooLargeError, N_("The file took too long to read.")),
}


@dataclasses.dataclass(frozen=True, slots=True)
class SheetRows:
    """One sheet: its name (of a CSV the file's name), its rows that are not blank in order, and whether it shows."""

    name: str
    rows: tuple[Row, ...]
    visible: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Workbook:
    """What a file holds. There is at least one row in it."""

    sheets: tuple[SheetRows, ...]


def read_workbook(path: Path, *, name: str | None = None, limits: Limits | None = None) -> Workbook:
    """Read the spreadsheet at `path`; `name` is its name as uploaded, if it is stored under another.

    Raises `FactError` for what cannot be read (not a spreadsheet, damaged, encrypted, with macros, empty)
    and `TooLargeError` for what passes `limits` (size, parts, rows, columns, cell, memory, time).
    """
    limits = limits or Limits()
    name = path.name if name is None else name
    kind = _kind(name)
    with path.open("rb") as file, tempfile.TemporaryFile() as answer:
        size = os.fstat(file.fileno()).st_size
        if size > limits.file_bytes:
            _refuse(Fault.FILE_BYTES, limit=limits.file_bytes // MB)
        if not size:
            _refuse(Fault.EMPTY)
        _run_child(kind, file, answer, limits, name)
        answer.seek(0)
        return _workbook(answer, unnamed=name)


def _kind(name: str) -> str:
    lower = name.lower()
    for kind in _KINDS:
        if lower.endswith("." + kind):
            return kind
    return _refuse({".xls": Fault.OLD, ".xlsm": Fault.MACROS}.get(Path(lower).suffix, Fault.FOREIGN))


def _run_child(kind: str, file: BinaryIO, answer: BinaryIO, limits: Limits, name: str) -> None:
    # -P keeps the working directory off its path. Of the environment it gets nothing: the server's holds secrets.
    command = [sys.executable, "-P", "-m", "mediation.sheets.child", kind, json.dumps(dataclasses.asdict(limits))]
    try:
        child = subprocess.run(  # noqa: S603 - our own module, a kind from our own list, no shell
            command,
            stdin=file,
            stdout=answer,
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(_PACKAGE_PARENT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _refuse(Fault.TIME)
    if child.returncode == 0:
        return
    if child.returncode == _REFUSED:
        refusal = json.loads(child.stderr.splitlines()[-1])
        values = refusal["values"]
        _refuse(
            Fault(refusal["fault"]), **({**values, "sheet": values["sheet"] or name} if "sheet" in values else values)
        )
    if not os.fstat(answer.fileno()).st_size:
        # Nobody's file is damaged: the installation is.
        raise RuntimeError(f"the process that reads spreadsheets did not start: {child.stderr[-300:]!r}")
    # It died of a limit or of a fault in the library; only the manner is logged, never what the file holds.
    _log.warning("reading a spreadsheet ended with status %s", child.returncode)
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        _refuse(Fault.TIME)
    if child.returncode == -signal.SIGABRT:
        _refuse(Fault.MEMORY)
    _refuse(Fault.CORRUPT)


def _refuse(fault: Fault, **values: str | int) -> NoReturn:
    error, sentence = _SENTENCES[fault]
    raise error(sentence, field=None, **values)


def _workbook(lines: Iterable[bytes], *, unnamed: str) -> Workbook:
    found: list[tuple[str, bool, list[tuple[int, list[Cell]]]]] = []
    complete = False
    same: dict[str, str] = {}
    for line in lines:
        part = json.loads(line)
        if isinstance(part, list):
            number, cells = part
            found[-1][2].append((number, [_cell(cell, same) for cell in cells]))
        elif "sheet" in part:
            found.append((part["sheet"] or unnamed, part["visible"], []))
        elif "sheets" in part:
            complete = part["sheets"] == len(found)
    if not complete:
        _refuse(Fault.CORRUPT)
    return Workbook(tuple(SheetRows(name, _even(rows), visible) for name, visible, rows in found))


def _cell(value: str | int | float | bool | dict[str, str] | None, same: dict[str, str]) -> Cell:
    if isinstance(value, str):
        # A ledger says the same few words in thousands of rows: keep each once.
        return same.setdefault(value, value)
    if isinstance(value, dict):
        return dt.date.fromisoformat(value["d"]) if "d" in value else dt.datetime.fromisoformat(value["t"])
    return value


def _even(rows: list[tuple[int, list[Cell]]]) -> tuple[Row, ...]:
    width = max((len(cells) for _, cells in rows), default=0)
    return tuple(Row(number, (*cells, *[None] * (width - len(cells)))) for number, cells in rows)
