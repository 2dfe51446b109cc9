"""The index each engine brings for the search, as it is made and taken away. Asks no question, writes no row.

SQLite: a full-text table over the words of `search_text`; its tokenizer `ascii` divides at blanks alone, and the
words hold nothing else that divides. `search` writes it: triggers would be refused, for a connection that does not
trust the schema (`database`) may not touch a virtual table from one. PostgreSQL: a GIN index over the words and the
pairs of neighbouring words, which follows its table. Used by the migration and by tests that build tables without
it, so that it is spelt once.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, event

_CREATE = {
    "sqlite": (
        """
        CREATE VIRTUAL TABLE search_index
        USING fts5 (body, content='search_text', content_rowid='case_id', tokenize='ascii')
        """,
        "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    ),
    "postgresql": (
        """
        CREATE FUNCTION search_grams(body text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT coalesce(array_agg(DISTINCT gram), '{}')
            FROM (
                SELECT word, lead(word) OVER (ORDER BY place) AS next
                FROM unnest(string_to_array(body, ' ')) WITH ORDINALITY AS words (word, place)
            ) AS pairs, LATERAL (VALUES (word), (word || ' ' || next)) AS grams (gram)
            WHERE gram IS NOT NULL
        $$
        """,
        "CREATE INDEX search_index ON search_text USING gin (search_grams(body))",
    ),
}

_DROP = {
    "sqlite": ("DROP TABLE search_index",),
    "postgresql": ("DROP INDEX search_index", "DROP FUNCTION search_grams(text)"),
}


def create(connection: Connection) -> None:
    """Make the index over what `search_text` holds."""
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take the index away; `search_text` stays."""
    for statement in _DROP[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def attach(table: Table) -> None:
    """Make the index whenever `table` is made from the code."""
    event.listen(table, "after_create", _after_create)


def _after_create(_table: Table, connection: Connection, **_more: object) -> None:
    create(connection)
