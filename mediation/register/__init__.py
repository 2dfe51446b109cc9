"""The register (名册): organisations, mediators, their registrations (备案) and their training.

Must not hold logins or rights (see `people`), nor pages: they stand above `web`, in `directory`.
"""
