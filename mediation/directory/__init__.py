"""The pages of the register: organisations, mediators, their registrations and training.

Stands above `web` because a page needs it; the tables stand below `people`, in `register` (docs/decisions/0003).
Holds forms and views only.
"""
