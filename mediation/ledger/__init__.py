"""Spreadsheets in: a ledger's rows become cases. Profiles say what its columns and words mean."""
