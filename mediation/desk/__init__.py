"""The desk: pages that look at several floors at once."""
