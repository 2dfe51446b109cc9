"""Spreadsheets out and in: rows to .xlsx and .csv with formulas disarmed, and .xlsx, .csv, .csv.gz to rows.

`writing` makes files, `reading` takes them through `child` (a limited process of its own), `cells` makes
sense of one cell, `limits` says how much is read. Must not know what a row means: no case, no column name
of the trade, no database, no Flask.
"""
