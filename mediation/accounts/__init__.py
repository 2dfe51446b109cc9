"""The pages of `people`: signing in, one's own account, the administration of accounts.

Stands above `web` because a page needs it; the tables and deeds stand below, in `people` (docs/decisions/0003).
Holds forms and views only.
"""
