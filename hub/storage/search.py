"""Full-text search over our own tokens: FTS5 on SQLite, tsvector on PostgreSQL (design section 4).

Each kind of document has its own index, so a search among few articles never walks through millions
of messages. A document's number `doc` rises with its time: results come newest first straight from
the index, and the next page starts below the last number seen, never at an OFFSET.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, text

from hub.core.text import Query, distinct_tokens, keep_rarest

from .bulk import Statement, encode_rows, insert_cells, json_rows
from .tx import Tx
from .types import from_micros, to_micros

MAX_HITS = 200
_FREQUENCY_CEILING = 1_000  # counting further tells nothing more about which terms are rare
_MAX_COUNTED_TERMS = 64
_MAX_WORDS = 60_000  # distinct ones of a document that words are added to
_SAME_MILLISECOND_BITS = 22  # documents that can share a millisecond


class SearchKind(StrEnum):
    """What can be searched; each has a table `search_<kind>` (on SQLite also `…_docs`)."""

    INTERACTIONS = "interactions"
    CUSTOMERS = "customers"
    ARTICLES = "articles"
    CASES = "cases"  # what customers asked in contacts that an article resolved
    PRODUCTS = "products"


@dataclass(frozen=True, slots=True)
class Document:
    """`text` is tokenised here; `at` (UTC) decides its place among the results.

    `also`: further tokens as they are, which are not in the text: what it means, how it is spelled.
    `words`: the tokens of the text where they are known already (`hub.core.text.index_words`).
    """

    ref_id: str
    text: str
    at: datetime
    also: tuple[str, ...] = ()
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """`doc` is the position to go on from: pass it as `before`."""

    ref_id: str
    doc: int

    @property
    def at(self) -> datetime:
        """The document's time, to the millisecond."""
        return from_micros((self.doc >> _SAME_MILLISECOND_BITS) * 1000)


def create_search(connection: Connection) -> None:
    """Make the search tables where they are not there yet; called by migrations."""
    for kind in SearchKind:
        for statement in _ddl(kind, connection.dialect.name):
            connection.exec_driver_sql(statement)


def drop_search(connection: Connection) -> None:
    """Remove the search tables; everything in them can be indexed again."""
    for kind in SearchKind:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS search_{kind.value}")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS search_{kind.value}_docs")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP SEQUENCE IF EXISTS search_doc_seq")


def index_documents(tx: Tx, kind: SearchKind, documents: Sequence[Document]) -> None:
    """Add new documents by a few statements. Replacing one: `reindex_documents`."""
    if not documents:
        return
    rows = [(d.ref_id, _first_doc(d.at), _words(d)) for d in documents]
    if tx.dialect == "sqlite" and kind is SearchKind.INTERACTIONS and _add_newest(tx, kind, rows):
        return
    for statement in _INDEX[tx.dialect, kind]:
        statement(tx, rows)


def _words(document: Document) -> str:
    """Return each token once: the index says whether a document holds it, not how often."""
    if document.words is not None and not document.also:
        return document.words
    return " ".join(dict.fromkeys((*distinct_tokens(document.text), *document.also)))


def _add_newest(tx: Tx, kind: SearchKind, rows: Sequence[tuple[str, int, str]]) -> bool:
    """Add documents that are all newer than any there is, as messages are; False: they are not.

    Their numbers need no look at those of their millisecond, their values no way through JSON.
    """
    name = f"search_{kind.value}"
    [(newest,)] = tx.fetch(f"SELECT max(doc) FROM {name}_docs", [])  # noqa: S608 - our own name
    last = -1 if newest is None else newest
    if min(base for _, base, _ in rows) <= last:
        return False
    numbered = []
    for ref_id, base, words in sorted(rows, key=lambda row: row[1]):
        last = max(base, last + 1)
        numbered.append((last, ref_id, words))
    insert_cells(tx, f"{name}_docs", ("doc", "ref_id", "tokens"), numbered)
    insert_cells(tx, name, ("rowid", "tokens"), [(doc, words) for doc, _, words in numbered])
    return True


def index_document(tx: Tx, kind: SearchKind, ref_id: str, content: str, at: datetime) -> None:
    """Add or replace one document."""
    reindex_documents(tx, kind, [Document(ref_id, content, at)])


def reindex_documents(tx: Tx, kind: SearchKind, documents: Sequence[Document]) -> None:
    """Add or replace documents, with a fixed number of statements."""
    remove_documents(tx, kind, [document.ref_id for document in documents])
    index_documents(tx, kind, documents)


def add_words(tx: Tx, kind: SearchKind, ref_id: str, content: str) -> None:
    """Let a document be found by further words, too. It keeps its place; one that is not there
    stays away, one that has very many words already gets no more: a tsvector holds 1 MiB.
    """
    tokens = distinct_tokens(content)
    values = {"ref_id": ref_id, "further": " ".join(tokens), "most": _MAX_WORDS}
    if tx.dialect == "sqlite":
        row = tx.execute(text(_KNOWN.format(kind=kind.value)), values).first()
        known = [] if row is None else row.tokens.split()
        if row is None or len(known) >= _MAX_WORDS:
            return
        values |= {"doc": row.doc, "tokens": " ".join(dict.fromkeys((*known, *tokens)))}
    for statement in _FURTHER[tx.dialect] if tokens else ():
        tx.execute(text(statement.format(kind=kind.value)), values)


def remove_documents(tx: Tx, kind: SearchKind, ref_ids: Iterable[str]) -> None:
    """Take documents out of the index, so that erased words cannot be found."""
    rows = [[ref_id] for ref_id in ref_ids]
    for statement in _REMOVE[tx.dialect, kind]:
        statement(tx, rows)


def search_documents(
    tx: Tx, kind: SearchKind, query: Query, limit: int, before: int | None = None
) -> list[Hit]:
    """Return at most `limit` hits (capped at MAX_HITS), newest first, from below doc `before`.

    A query that need not match in full is cut to its rarest terms first.
    """
    if not query.match_all:
        query = keep_rarest(query, term_frequencies(tx, kind, query.terms))
    if not query:
        return []
    parameters: dict[str, str | int] = {
        "match": match_expression(query, tx.dialect),
        "limit": min(limit, MAX_HITS),
        "before": before if before is not None else (1 << 63) - 1,
    }
    rows = tx.execute(text(_SEARCH[tx.dialect].format(kind=kind.value)), parameters)
    return [Hit(row.ref_id, row.doc) for row in rows]


def term_frequencies(tx: Tx, kind: SearchKind, terms: Sequence[str]) -> dict[str, int]:
    """Return how many documents hold each term, counted to at most 1,000: enough to rank rarity.

    Of a very long question only the 64 longest terms are counted: the longer, the rarer.
    """
    longest = sorted(terms, key=len, reverse=True)[:_MAX_COUNTED_TERMS]
    if not longest:
        return {}
    statement = _FREQUENCY[tx.dialect].format(kind=kind.value, rows=json_rows(tx))
    rows = tx.execute(
        text(statement),
        {
            "rows": encode_rows(
                [t, match_expression(Query((t,), True), tx.dialect)] for t in longest
            ),
            "ceiling": _FREQUENCY_CEILING,
        },
    )
    return {row.term: row.found for row in rows}


def term_matches(
    tx: Tx, kind: SearchKind, terms: Sequence[str], limit: int
) -> list[tuple[str, str]]:
    """Return (term, ref_id) pairs of documents that hold a term: at most `limit` for each term."""
    if not terms:
        return []
    statement = _TERM_MATCHES[tx.dialect].format(kind=kind.value, rows=json_rows(tx))
    rows = tx.execute(
        text(statement),
        {
            "rows": encode_rows(
                [t, match_expression(Query((t,), True), tx.dialect)] for t in terms
            ),
            "limit": limit * len(terms),
        },
    )
    return [(row.term, row.ref_id) for row in rows]


def best_documents(tx: Tx, kind: SearchKind, weights: Mapping[str, float], limit: int) -> list[str]:
    """Return the documents that hold the most weight of terms, the heaviest first.

    All documents that hold any of the terms are looked at: the caller leaves out common ones.
    """
    if not weights:
        return []
    statement = _BEST[tx.dialect].format(kind=kind.value, rows=json_rows(tx))
    rows = tx.execute(
        text(statement),
        {
            "rows": encode_rows(
                [term, match_expression(Query((term,), True), tx.dialect), weight]
                for term, weight in weights.items()
            ),
            "limit": limit,
        },
    )
    return [row.ref_id for row in rows]


def count_documents(tx: Tx, kind: SearchKind) -> int:
    """Return how many documents there are, counted to at most 10,000: enough to weigh rarity."""
    table = f"search_{kind.value}_docs" if tx.dialect == "sqlite" else f"search_{kind.value}"
    found: int = tx.execute(text(_COUNT.format(table=table))).scalar_one()
    return found


def match_expression(query: Query, dialect: str) -> str:
    """Return the query in the database's language. Tokens need no escaping: see hub.core.text."""
    quote = '"' if dialect == "sqlite" else "'"
    prefix = "*" if dialect == "sqlite" else ":*"
    terms = [f"{quote}{term}{quote}" for term in query.terms]
    if query.prefix and terms:
        terms[-1] += prefix
    if dialect == "sqlite":
        return (" AND " if query.match_all else " OR ").join(terms)
    return (" & " if query.match_all else " | ").join(terms)


def _first_doc(at: datetime) -> int:
    """The lowest number of the millisecond of `at`."""
    return (to_micros(at) // 1000) << _SAME_MILLISECOND_BITS


def _ddl(kind: SearchKind, dialect: str) -> list[str]:
    name = f"search_{kind.value}"
    if dialect == "sqlite":
        # `ascii` leaves every non-ASCII character in its token; no positions are kept, since pairs
        # of Han characters stand for phrases, and no lengths, since nothing is ranked. Not
        # contentless: erased rows must go (SQLite 3.40). Their words are kept once, with the number
        # (https://www.sqlite.org/fts5.html#external_content_tables): a row goes from the index
        # before it goes from `docs`.
        return [
            f"CREATE TABLE IF NOT EXISTS {name}_docs (doc INTEGER PRIMARY KEY,"
            " ref_id VARCHAR(36) NOT NULL UNIQUE, tokens TEXT NOT NULL)",
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5(tokens, tokenize='ascii',"
            f" detail='none', columnsize=0, content='{name}_docs', content_rowid='doc')",
        ]
    return [
        f"CREATE SEQUENCE IF NOT EXISTS search_doc_seq MINVALUE 0 MAXVALUE"
        f" {(1 << _SAME_MILLISECOND_BITS) - 1} CYCLE",
        f"CREATE TABLE IF NOT EXISTS {name} ("
        "doc BIGINT PRIMARY KEY, ref_id VARCHAR(36) NOT NULL UNIQUE, tokens TSVECTOR NOT NULL)",
        f"CREATE INDEX IF NOT EXISTS ix_{name}_tokens ON {name} USING gin (tokens)",
    ]


# SQLite has one writer: the next free number of the millisecond is the highest plus one.
_SQLITE_NUMBER = """
INSERT INTO search_{kind}_docs (doc, ref_id, tokens)
SELECT coalesce((SELECT max(d.doc) + 1 FROM search_{kind}_docs d
                 WHERE d.doc >= n.base AND d.doc < n.base + 4194304), n.base) + n.place,
       n.ref_id, n.tokens
FROM (SELECT j.value ->> 0 AS ref_id, CAST(j.value ->> 1 AS INTEGER) AS base,
             j.value ->> 2 AS tokens,
             row_number() OVER (PARTITION BY j.value ->> 1 ORDER BY j.key) - 1 AS place
      FROM {rows}) AS n
ORDER BY 1
"""
_SQLITE_INDEX = """
INSERT INTO search_{kind} (rowid, tokens)
SELECT d.doc, d.tokens FROM {rows} JOIN search_{kind}_docs d ON d.ref_id = j.value ->> 0
ORDER BY d.doc
"""
# PostgreSQL may have several writers: a cycling sequence numbers the documents of a millisecond.
_POSTGRESQL_INDEX = """
INSERT INTO search_{kind} (doc, ref_id, tokens)
SELECT CAST(j.value ->> 1 AS BIGINT) + nextval('search_doc_seq'), j.value ->> 0,
       array_to_tsvector(array_remove(string_to_array(j.value ->> 2, ' '), ''))
FROM {rows}
"""
_INDEX = {
    (dialect, kind): [Statement(sql.replace("{kind}", kind.value)) for sql in texts]
    for kind in SearchKind
    for dialect, texts in (
        ("sqlite", (_SQLITE_NUMBER, _SQLITE_INDEX)),
        ("postgresql", (_POSTGRESQL_INDEX,)),
    )
}
_REMOVE = {
    (dialect, kind): [Statement(sql.replace("{kind}", kind.value)) for sql in texts]
    for kind in SearchKind
    for dialect, texts in (
        (
            "sqlite",
            (
                "DELETE FROM search_{kind} WHERE rowid IN (SELECT d.doc FROM {rows}"
                " JOIN search_{kind}_docs d ON d.ref_id = {text 0})",
                "DELETE FROM search_{kind}_docs WHERE ref_id IN (SELECT {text 0} FROM {rows})",
            ),
        ),
        (
            "postgresql",
            ("DELETE FROM search_{kind} WHERE ref_id IN (SELECT {text 0} FROM {rows})",),
        ),
    )
}
_KNOWN = "SELECT doc, tokens FROM search_{kind}_docs WHERE ref_id = :ref_id"
_FURTHER = {
    "sqlite": (  # out of the index before the words change: it reads them there
        "DELETE FROM search_{kind} WHERE rowid = :doc",
        "UPDATE search_{kind}_docs SET tokens = :tokens WHERE doc = :doc",
        "INSERT INTO search_{kind} (rowid, tokens) VALUES (:doc, :tokens)",
    ),
    "postgresql": (
        "UPDATE search_{kind} SET tokens = tokens || array_to_tsvector(string_to_array(:further,"
        " ' ')) WHERE ref_id = :ref_id AND length(tokens) < :most",
    ),
}
_SEARCH = {
    "sqlite": """
SELECT d.ref_id, d.doc FROM search_{kind} f JOIN search_{kind}_docs d ON d.doc = f.rowid
WHERE search_{kind} MATCH :match AND f.rowid < :before ORDER BY f.rowid DESC LIMIT :limit
""",
    "postgresql": """
SELECT ref_id, doc FROM search_{kind}
WHERE tokens @@ CAST(:match AS tsquery) AND doc < :before ORDER BY doc DESC LIMIT :limit
""",
}
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 10000) AS few"
_TERM_MATCHES = {
    "sqlite": """
SELECT j.value ->> 0 AS term, d.ref_id
FROM {rows} CROSS JOIN search_{kind} f ON search_{kind} MATCH (j.value ->> 1)
JOIN search_{kind}_docs d ON d.doc = f.rowid
LIMIT :limit
""",
    "postgresql": """
SELECT j.value ->> 0 AS term, f.ref_id
FROM {rows} JOIN search_{kind} f ON f.tokens @@ CAST(j.value ->> 1 AS tsquery)
LIMIT :limit
""",
}
_BEST = {
    "sqlite": """
SELECT d.ref_id FROM (
  SELECT f.rowid AS doc, sum(CAST(j.value ->> 2 AS REAL)) AS weight
  FROM {rows} CROSS JOIN search_{kind} f ON search_{kind} MATCH (j.value ->> 1)
  GROUP BY f.rowid ORDER BY weight DESC, f.rowid DESC LIMIT :limit) AS best
JOIN search_{kind}_docs d ON d.doc = best.doc
ORDER BY best.weight DESC, d.doc DESC
""",
    "postgresql": """
SELECT f.ref_id, sum(CAST(j.value ->> 2 AS double precision)) AS weight
FROM {rows} JOIN search_{kind} f ON f.tokens @@ CAST(j.value ->> 1 AS tsquery)
GROUP BY f.doc, f.ref_id ORDER BY weight DESC, f.doc DESC LIMIT :limit
""",
}
_FREQUENCY = {
    "sqlite": """
SELECT j.value ->> 0 AS term,
       (SELECT count(*) FROM (SELECT 1 FROM search_{kind}
                              WHERE search_{kind} MATCH (j.value ->> 1) LIMIT :ceiling)) AS found
FROM {rows}
""",
    "postgresql": """
SELECT j.value ->> 0 AS term,
       (SELECT count(*) FROM (SELECT 1 FROM search_{kind} f
                              WHERE f.tokens @@ CAST(j.value ->> 1 AS tsquery)
                              LIMIT :ceiling) AS few) AS found
FROM {rows}
""",
}
