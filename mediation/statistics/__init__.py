"""Figures: periods, measures each defined once, the one interpreter. Must not change a case."""
