"""An empty database becomes a contact center that has worked for a month: set-up, staff, customers,
knowledge and history. Everything goes through the use cases that the running hub has, except the
history itself, which nobody could live through again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import delete, func, select

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.service import find_user_id
from hub.accounts.tables import api_keys
from hub.customers.addresses import NewAddress
from hub.customers.facts import AddFact, SetRole, add_fact, set_role
from hub.customers.model import CustomerKind, IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.customers.settings import Competitor
from hub.customers.tables import customers
from hub.knowledge.model import ArticleState, Audience
from hub.knowledge.service import ChangeArticle, WriteArticle, change_article, write_article
from hub.setup import ApplySetup, Setup, apply_setup, check_setup
from hub.setup.model import AgentSetup, ProfileSetup
from hub.setup.parts import HoursSetup
from hub.setup.service import get_setup
from hub.setup.versions import is_changed_in_pages
from hub.storage import Store, Tx
from hub.web.principal import Role

from .history import write_history
from .past import PASTS, Scene
from .past.research import RIVAL, RIVAL_NAMES
from .rush import write_rush
from .three import COLLEAGUE, KEY, with_three
from .world import CONFIG, Person, World

SETUP_FILE = CONFIG.parent / "contact_center.example.toml"
# Who sits where: calls would starve beside chats and mails that never end, so some only take calls.
# Of those who take calls only the visitor's agent is graded for repairs, and here nobody else will
# do: `DoorSite._welcome` has her waiting in line before that agent is at work.
_PROFILES: dict[str, ProfileSetup] = {
    "callers": {"zh": "电话专席", "en": "Calls only", "webchat": 0, "email": 0},
    "chatters": {
        "zh": "聊天专席",
        "en": "Chats only",
        "phone": 0,
        "webchat": 2,
        "email": 0,
        "fax": 0,
    },
    "writers": {
        "zh": "书面专席",
        "en": "Mails and chats",
        "phone": 0,
        "webchat": 2,
        "email": 1,
        "fax": 1,
    },
}
_NEW = frozenset({"origins", "identity_keys"})  # of the widgets, at every start
_ALWAYS = "24x7"  # the demo never sleeps: a visitor in any time zone sees every queue work


@dataclass(frozen=True, slots=True)
class Staff:
    """One person of the contact center. `works`: played by the demo; the others are doors."""

    email: str
    name: str
    role: Role
    teams: tuple[str, ...]
    language: str
    works: bool = False
    skills: tuple[tuple[str, int], ...] = ()
    profile: str | None = None


STAFF = (
    Staff("admin@lakeside.example", "管理员 Admin", Role.ADMIN, ("front", "back"), "zh-CN"),
    Staff("supervisor@lakeside.example", "郑主管 Zheng", Role.SUPERVISOR, ("front", "back"),
          "zh-CN"),
    Staff("agent@lakeside.example", "你 You", Role.AGENT, ("front", "back"), "zh-CN", False,
          (("english", 5), ("repair", 5), ("invoicing", 5))),
    Staff("li.na@lakeside.example", "李娜", Role.AGENT, ("front",), "zh-CN", True,
          (("english", 4), ("repair", 2)), "chatters"),
    Staff("wang.wei@lakeside.example", "王伟", Role.AGENT, ("front",), "zh-CN", True,
          (("english", 3), ("repair", 2)), "callers"),
    Staff("emma.clark@lakeside.example", "Emma Clark", Role.AGENT, ("front",), "en", True,
          (("english", 5),), "chatters"),
    Staff("zhao.lei@lakeside.example", "赵磊", Role.AGENT, ("front", "back"), "zh-CN", True,
          (("repair", 5),), "writers"),
    Staff("tom.reed@lakeside.example", "Tom Reed", Role.AGENT, ("front", "back"), "en", True,
          (("english", 5), ("invoicing", 3)), "callers"),
    Staff("sun.yue@lakeside.example", "孙悦", Role.AGENT, ("front", "back"), "zh-CN", True,
          (("english", 3), ("invoicing", 5)), "callers"),
    Staff(COLLEAGUE, "林一 Lin Yi", Role.AGENT, (KEY,), "zh-CN", True),
    Staff("technician@lakeside.example", "何师傅 He", Role.SPECIALIST, ("back",), "zh-CN"),
)  # fmt: skip


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How to be one of the staff; the password and the key are new at every start."""

    id: str
    email: str
    name: str
    password: str
    role: str
    api_key: str
    works: bool


def _always_open(key: str, hours: str | HoursSetup) -> str | HoursSetup:
    """Return hours of the sample as the demo has them: what they are called stays."""
    if key == "calendar":
        return hours
    return _ALWAYS if isinstance(hours, str) else msgspec.structs.replace(hours, week=_ALWAYS)


def demo_setup(chat_origin: str, identity_key: str) -> Setup:
    """Return the sample set-up, open day and night, with the chat allowed on `chat_origin`.

    `identity_key`: with it the shop signs who its signed-in customers are.
    """
    setup = check_setup(SETUP_FILE.read_text(encoding="utf-8"))
    extra: dict[str, dict[str, object]] = {
        "webchat": {"origins": ["self", chat_origin], "identity_keys": [identity_key]},
        "phone": {"captions": True},  # nobody can hear a simulated caller: agents read along
    }
    points = [
        msgspec.structs.replace(point, settings={**point.settings, **extra.get(point.channel, {})})
        for point in setup.entry_points
    ]
    queues = [
        msgspec.structs.replace(
            queue, requires=[msgspec.structs.replace(queue.requires[0], for_s=None)]
        )
        if queue.key == "repair"
        else queue
        for queue in setup.queues
    ]
    hours = {key: _always_open(key, value) for key, value in setup.hours.items()}
    profiles = {**setup.profiles, **_PROFILES}
    agents = {
        person.email: AgentSetup(profile=person.profile or "", skills=dict(person.skills))
        for person in STAFF
        if person.role is Role.AGENT
    }
    return with_three(
        msgspec.structs.replace(
            setup,
            queues=queues,
            entry_points=points,
            hours=hours,
            profiles=profiles,
            agents=agents,
            competitors=[Competitor(key=RIVAL, names=RIVAL_NAMES)],
        )
    )


async def seed(store: Store, accounts: Accounts, world: World, setup: Setup) -> list[Login]:
    """Bring the database to the demo's beginning; on a later start only keys are new.

    What was changed in the set-up pages stays.
    """
    setup = await store.read(_kept, setup)
    await store.write(apply_setup, ApplySetup(setup))
    logins = [await _login(store, accounts, person) for person in STAFF]
    await store.write(apply_setup, ApplySetup(setup))  # once more: now its agents are there
    if not await store.read(_has_customers, None):
        people = {person.email: await _customer(store, person) for person in world.people}
        await _articles(store, world)
        you = next(one for one in logins if one.role == Role.AGENT and not one.works)
        colleagues = [one for one in logins if one.works]
        await write_history(store, world, colleagues, you, people)
        await write_rush(store, world, colleagues, people)
        for write_past in PASTS:
            await write_past(store, Scene(world, people, you.id, [one.id for one in colleagues]))
    return logins


def _kept(tx: Tx, fresh: Setup) -> Setup:
    """Return the set-up to begin with: that of the pages with the new keys, or the sample."""
    if not is_changed_in_pages(tx):
        return fresh
    _, kept = get_setup(tx, {})
    own = {point.key: point.settings for point in fresh.entry_points}
    points = [
        msgspec.structs.replace(
            point,
            settings={
                **point.settings,
                **{name: value for name, value in own.get(point.key, {}).items() if name in _NEW},
            },
        )
        for point in kept.entry_points
    ]
    return msgspec.structs.replace(kept, entry_points=points)


def _has_customers(tx: Tx, _: None) -> bool:
    return bool(tx.execute(select(func.count()).select_from(customers)).scalar_one())


async def _login(store: Store, accounts: Accounts, person: Staff) -> Login:
    password = secrets.token_urlsafe(12)
    user_id = await store.read(find_user_id, person.email)
    if user_id is None:
        view = await accounts.add_user(
            email=person.email,
            name=person.name,
            role=person.role,
            password=password,
            team_ids=frozenset(person.teams),
            language=person.language,
        )
        user_id = view.id
    else:
        await store.write(_forget_keys, user_id)
        await accounts.reset_password(None, user_id, password)
    key = await accounts.add_api_key(SYSTEM, user_id, "demo")
    return Login(
        id=user_id,
        email=person.email,
        name=person.name,
        password=password,
        role=person.role.value,
        api_key=key.key,
        works=person.works,
    )


def _forget_keys(tx: Tx, user_id: str) -> None:
    tx.execute(delete(api_keys).where(api_keys.c.user_id == user_id))


async def _customer(store: Store, person: Person) -> str:
    return await store.write(_make_customer, person)


def _make_customer(tx: Tx, person: Person) -> str:
    addresses = [NewAddress(IdentityKind.EMAIL, person.email)]
    addresses.append(NewAddress(IdentityKind.EXTERNAL, person.shop_account))
    addresses.append(NewAddress(IdentityKind.PHONE, person.phone))
    if person.fax:
        addresses.append(NewAddress(IdentityKind.FAX, person.fax))
    customer_id = create_customer(
        tx,
        CreateCustomer(
            SYSTEM,
            "CN",
            name=person.name,
            language=person.language,
            addresses=tuple(addresses),
            source="demo",
        ),
    )
    # By hand, so that the story goes on as it is told, whatever a tier run finds.
    why = "近 12 个月的消费" if person.language.startswith("zh") else "value of the last 12 months"
    set_tier(tx, SetTier(SYSTEM, customer_id, person.tier, why))
    for fact in person.facts:
        kind, _, text = fact.partition(": ")
        add_fact(tx, AddFact(SYSTEM, customer_id, kind, text, "contact"))
    if person.organisation:
        organisation_id = create_customer(
            tx,
            CreateCustomer(
                SYSTEM,
                "CN",
                kind=CustomerKind.ORGANISATION,
                name=person.organisation,
                source="demo",
            ),
        )
        set_role(
            tx, SetRole(SYSTEM, organisation_id, customer_id, person.role, decides=person.decides)
        )
    return customer_id


async def _articles(store: Store, world: World) -> None:
    firsts: dict[str, str] = {}
    for text in world.articles:
        article_id = await store.write(
            write_article,
            WriteArticle(
                SYSTEM,
                text.language,
                text.question,
                text.answer,
                text.tags,
                audience=Audience.PUBLIC,
                translates=firsts.get(text.pair),
            ),
        )
        firsts.setdefault(text.pair, article_id)
        for state in (ArticleState.APPROVED, ArticleState.PUBLISHED):
            await store.write(
                change_article, ChangeArticle(SYSTEM, article_id, reviews=True, state=state)
            )


def write_settings(path: Path, text: str) -> None:
    """Write the child's settings file, readable by its owner only."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
