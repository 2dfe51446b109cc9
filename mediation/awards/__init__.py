"""The annual mediator award: rules as versioned data, the facts of a year, the report that explains itself.

Must not define a measure of its own: what `statistics` counts too must come out the same (tests compare the two).
"""
