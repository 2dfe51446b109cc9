"""The docket (案件台账): lists of cases, the search, everybody's own work, and the help page.

Stands above the cases because it lists them. Lists show only what `cases.queries.visible_to` lets a person see.
Writes nothing.
"""
