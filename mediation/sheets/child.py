"""The limited process that opens an uploaded spreadsheet: `python -m mediation.sheets.child KIND LIMITS < file`.

KIND is `xlsx`, `csv` or `csv.gz`; LIMITS is `Limits` as a JSON object. The file is its standard input, so it
learns no path. It lowers its own resource limits, looks at the zip before anything is unpacked, and writes
JSON lines: `{"reading": …}` as soon as it runs, `{"sheet": …, "visible": …}`, then `[row number, [cells]]` for
each row that is not blank, at last `{"sheets": n}`. A day is `{"d": …}`, an instant `{"t": …}`. A refusal is one
JSON object on standard error and exit status `REFUSED`. Must not read settings, the database or the network,
nor say anything to a user.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import itertools
import json
import math
import mmap
import os
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, TextIO

import python_calamine

from mediation.sheets.limits import MB, Fault, Limits

REFUSED = 3

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|table|meta|\?xml)", re.IGNORECASE)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1 << 20
# More digits than a double holds exactly are left as the float Excel stored.
_WHOLE_BELOW = 10**15

_Json = str | int | float | bool | None | dict[str, str]
_Event = tuple[str, bool] | tuple[int, list[_Json]]


class RefusedError(Exception):
    """The file is refused for `fault`; `values` fill its sentence."""

    def __init__(self, fault: Fault, **values: str | int) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.values = values


def main(kind: str, limits: Limits) -> int:
    """Read standard input as `kind`, write the rows; the exit status."""
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    # Said before anything can fail for the file's sake: an empty answer means the process itself is at fault.
    _put({"reading": kind})
    sys.stdout.flush()
    _limit_self(limits)
    try:
        sheets = 0
        for event in _events(kind, sys.stdin.buffer, limits):
            if isinstance(event[0], str):
                sheets += 1
                _put({"sheet": event[0], "visible": event[1]})
            else:
                _put(event)
        _put({"sheets": sheets})
        sys.stdout.flush()
    except RefusedError as refusal:
        return _refuse(refusal)
    except MemoryError:
        return _refuse(RefusedError(Fault.MEMORY))
    except OSError:
        # The output limit: the rows are more than may be handed back.
        return _refuse(RefusedError(Fault.MEMORY))
    return 0


def _limit_self(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(kind)
        lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (lowered, lowered))


def _put(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n")


def _refuse(refusal: RefusedError) -> int:
    sys.stderr.write(json.dumps({"fault": refusal.fault.value, "values": refusal.values}) + "\n")
    return REFUSED


def _events(kind: str, file: BinaryIO, limits: Limits) -> Iterator[_Event]:
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_OLE):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            raise RefusedError(Fault.ENCRYPTED if whole.find(_ENCRYPTED) >= 0 else Fault.OLD)
    if not head.strip():
        raise RefusedError(Fault.EMPTY)
    magic = {"xlsx": _ZIP, "csv.gz": _GZIP}.get(kind, b"")
    if not head.startswith(magic) or (kind == "csv" and head.startswith((_ZIP, _GZIP, b"PK\x05\x06"))):
        raise RefusedError(Fault.MISMATCH)
    if kind == "xlsx":
        return _xlsx(file, limits)
    return _csv(file, limits, packed=kind == "csv.gz")


def _xlsx(file: BinaryIO, limits: Limits) -> Iterator[_Event]:
    _look_at_zip(file, limits)
    file.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        metadata = book.sheets_metadata
    except python_calamine.PasswordError:
        raise RefusedError(Fault.ENCRYPTED) from None
    except (python_calamine.CalamineError, ValueError, OSError):
        raise RefusedError(Fault.CORRUPT) from None
    total = 0
    for index, about in enumerate(metadata):
        if about.typ is not python_calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = book.get_sheet_by_index(index)
        except (python_calamine.CalamineError, ValueError, OSError):
            raise RefusedError(Fault.CORRUPT) from None
        yield about.name, about.visible is python_calamine.SheetVisibleEnum.Visible
        for row in _sheet_rows(sheet, limits):
            total += 1
            if total > limits.rows:
                raise RefusedError(Fault.ROWS, sheet=about.name, limit=limits.rows)
            yield row
    if not total:
        raise RefusedError(Fault.EMPTY)


def _sheet_rows(sheet: python_calamine.CalamineSheet, limits: Limits) -> Iterator[tuple[int, list[_Json]]]:
    if sheet.start is None or sheet.end is None:
        return
    # Judged by the used corner, before one row is made: a single cell at XFD1048576 makes a sheet of 17 billion.
    if sheet.end[0] >= limits.rows:
        raise RefusedError(Fault.ROWS, sheet=sheet.name, limit=limits.rows)
    if sheet.end[1] >= limits.columns:
        raise RefusedError(Fault.COLUMNS, sheet=sheet.name, limit=limits.columns)
    before: list[_Json] = [None] * sheet.start[1]
    # iter_rows begins at row 1 even when the first rows are blank, but at the first used column.
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [*before, *(_json(value) for value in values)]
        if any(cell is not None for cell in cells):
            _check_lengths(sheet.name, number, cells, limits)
            yield number, cells


def _look_at_zip(file: BinaryIO, limits: Limits) -> None:
    """Refuse by the zip's directory alone; nothing is unpacked. What lies about its size meets the process limits."""
    try:
        with zipfile.ZipFile(file) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise RefusedError(Fault.CORRUPT) from None
    if len(entries) > limits.entries:
        raise RefusedError(Fault.ENTRIES, limit=limits.entries)
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    if any(name.startswith("/") or re.match(r"[a-z]:", name) or ".." in name.split("/") for name in names):
        raise RefusedError(Fault.NAMES)
    if len(set(names)) < len(names):
        # Two parts of one name: which one is read would depend on the reader.
        raise RefusedError(Fault.NAMES)
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedError(Fault.ENCRYPTED)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise RefusedError(Fault.UNPACKED, limit=limits.unpacked_bytes // MB)
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise RefusedError(Fault.RATIO, limit=limits.ratio)
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise RefusedError(Fault.MACROS)
    if "[content_types].xml" not in names or not any(re.match(r"xl/workbook[^/]*\.xml$", name) for name in names):
        raise RefusedError(Fault.MISMATCH)


def _json(value: object) -> _Json:
    """A value of calamine in the words of JSON. Times of day and spans, which no column of ours is, become text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < _WHOLE_BELOW else value
    if isinstance(value, int):
        return value
    if isinstance(value, dt.datetime):
        return {"t": value.isoformat()}
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    return str(value)


def _check_lengths(sheet: str, number: int, cells: Sequence[_Json], limits: Limits) -> None:
    for index, cell in enumerate(cells, start=1):
        if isinstance(cell, str) and len(cell) > limits.cell_chars:
            raise RefusedError(Fault.CELL, sheet=sheet, row=number, column=index, limit=limits.cell_chars)


def _csv(file: BinaryIO, limits: Limits, *, packed: bool) -> Iterator[_Event]:
    size = file.seek(0, io.SEEK_END)
    content: BinaryIO = gzip.GzipFile(fileobj=_rewound(file)) if packed else _rewound(file)  # type: ignore[assignment]
    encoding = _encoding(content, size, limits)
    content.seek(0)
    with io.TextIOWrapper(content, encoding=encoding, newline="") as text:
        yield "", True
        yield from _csv_rows(text, limits)


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _encoding(content: BinaryIO, packed_bytes: int, limits: Limits) -> str:
    """UTF-8 if the whole content is, else UTF-16 by its mark, else GB18030; measures the unpacked size meanwhile."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    unpacked = 0
    try:
        head = content.read(_CHUNK)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoders = {"utf-16": codecs.getincrementaldecoder("utf-16")()}
        elif b"\0" in head or _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
            raise RefusedError(Fault.MISMATCH)
        for chunk in itertools.chain([head], iter(lambda: content.read(_CHUNK), b""), [b""]):
            unpacked += len(chunk)
            if unpacked > limits.unpacked_bytes:
                raise RefusedError(Fault.UNPACKED, limit=limits.unpacked_bytes // MB)
            if unpacked > limits.ratio_from_bytes and unpacked > packed_bytes * limits.ratio:
                raise RefusedError(Fault.RATIO, limit=limits.ratio)
            for name in list(decoders):
                try:
                    decoders[name].decode(chunk, final=not chunk)
                except UnicodeDecodeError:
                    del decoders[name]
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise RefusedError(Fault.CORRUPT) from None
    if not decoders:
        raise RefusedError(Fault.ENCODING)
    return next(iter(decoders))


def _csv_rows(text: TextIO, limits: Limits) -> Iterator[_Event]:
    first = list(itertools.islice(text, 10))
    delimiter = max(",\t;", key="".join(first).count)
    number = total = 0
    try:
        # strict: an open quotation mark is a fault, instead of swallowing the rows after it.
        for values in csv.reader(itertools.chain(first, text), delimiter=delimiter, strict=True):
            number += 1
            if number > limits.rows:
                raise RefusedError(Fault.ROWS, sheet="", limit=limits.rows)
            cells: list[_Json] = [value or None for value in _without_blank_end(values)]
            if not cells:
                continue
            if len(cells) > limits.columns:
                raise RefusedError(Fault.COLUMNS, sheet="", limit=limits.columns)
            _check_lengths("", number, cells, limits)
            total += 1
            yield number, cells
    except csv.Error:
        raise RefusedError(Fault.QUOTES, row=number + 1) from None
    if not total:
        raise RefusedError(Fault.EMPTY)


def _without_blank_end(values: Iterable[str]) -> list[str]:
    kept = list(values)
    while kept and not kept[-1]:
        kept.pop()
    return kept


if __name__ == "__main__":
    _status = main(sys.argv[1], Limits(**json.loads(sys.argv[2])))
    sys.stderr.flush()
    # Without the interpreter's farewell: it would write rows still in the buffer, past the limit that stopped them.
    os._exit(_status)
