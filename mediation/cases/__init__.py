"""The dispute: its workflow, time limits and identifiers, its record and what may be done with it."""
