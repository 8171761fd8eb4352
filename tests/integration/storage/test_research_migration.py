"""A hub whose customers have answered comes to research: their answers are taken over, and kept."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from hub import schema
from hub.contacts.research.tables import customer_satisfaction, survey_answers

_CUSTOMER = (
    "INSERT INTO customers (id, kind, name, tier, tier_source, tier_set_at, source,"
    " created_at, updated_at, version, indexed_as)"
    " VALUES ('c1', 'person', 'Chen', 'gold', 'manual', :at, 'shop', :at, :at, 3, 1)"
)
_IDENTITY = (
    "INSERT INTO customer_identities (id, customer_id, kind, value_norm, value_raw, status,"
    " source, valid_from) VALUES ('i1', 'c1', 'email', 'c@x.cn', 'c@x.cn', 'active', 'mail', :at)"
)
_CONVERSATION = (
    "INSERT INTO conversations (id, entry_point_id, channel, identity_id, last_seq, last_at,"
    " customer_read_seq, created_at, version) VALUES ('v1', 'm', 'email', 'i1', 0, :at, 0, :at, 1)"
)
_CONTACT = (
    "INSERT INTO contacts (id, reference, conversation_id, identity_id, channel, entry_point_id,"
    " queue_id, tier, direction, state, state_since, preview, unread, opened_at, enqueued_at,"
    " last_message_at, closed_at, calendar_id, target_s, virtual_start_us, waited_us, priority,"
    " requirements, skill_step, wrap_extensions, draft_version, meta, version, survey_score,"
    " survey_comment)"
    " VALUES (:id, :id, 'v1', 'i1', 'email', 'm', 'q', 'gold', 'in', 'closed', :at, '', 0, :at,"
    " :at, :at, :closed, 'wall', 60, 0, 0, 0, '{}', 0, 0, 0, '{}', 1, :score, 'so so')"
)
_FED = (
    "INSERT INTO survey_answers (id, identity_id, survey_key, question_key, score, at, source,"
    " external_id, received_at) VALUES ('a9', 'i1', 's', 'satisfaction', 3, :at, 'lab', '1', :at)"
)


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    schema._run(url, move)


def test_past_answers_are_taken_over_and_no_answer_is_lost(database_url: str) -> None:
    _to(database_url, "head")
    _to(database_url, "0017")
    engine = create_engine(database_url)
    is_postgresql = engine.dialect.name == "postgresql"

    def moment(day: int) -> str | int:
        if is_postgresql:
            return f"2026-03-{day} 12:00:00+00:00"
        return 1_773_144_000_000_000 + (day - 10) * 86_400_000_000

    with engine.begin() as connection:
        for statement in (_CUSTOMER, _IDENTITY, _CONVERSATION):
            connection.execute(text(statement), {"at": moment(10)})
        for day, score in ((11, 5), (12, None), (13, 1)):
            given = {"id": f"k{day}", "at": moment(10), "closed": moment(day), "score": score}
            connection.execute(text(_CONTACT), given)
    _to(database_url, "head")
    with engine.begin() as connection:
        answers = connection.execute(select(survey_answers).order_by(survey_answers.c.at)).all()
        assert [(one.contact_id, one.score, one.answer) for one in answers] == [
            ("k11", 5, "so so"),
            ("k13", 1, "so so"),
        ]
        assert {one.source for one in answers} == {"contact"}
        total = connection.execute(select(customer_satisfaction)).one()
        assert (total.n, total.total, total.mean_ppm) == (2, 6, 3_000_000)
        assert (total.last, total.zone, total.trend, total.recent) == (1, "defector", -1, [1, 5])
        assert total.last_at == answers[1].at
    _to(database_url, "0017")  # what came from contacts is still there
    _to(database_url, "head")
    with engine.begin() as connection:
        connection.execute(text(_FED), {"at": moment(14)})
    with pytest.raises(RuntimeError, match="Answers of customers"):
        _to(database_url, "0017")
    _to(database_url, "head")  # SQLite had gone back as far as the one that refuses
    engine.dispose()
    schema.check(database_url)
