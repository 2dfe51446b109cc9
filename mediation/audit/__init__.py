"""The audit trail: one append-only chained table. Knows actors as plain ids and no thing of the trade."""
