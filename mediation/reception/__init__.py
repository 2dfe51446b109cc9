"""The reception: the one page on which a dispute is registered, in about a minute.

Stands above the cases because it registers one. Holds no rule: `cases.intake` judges.
"""
