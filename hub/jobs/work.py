"""The jobs themselves: each takes a typed argument and returns a typed result."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.accounts.service import (
    AddUser,
    SetPassword,
    add_user,
    get_user_by_email,
    set_password,
)
from hub.core.bus import Bus
from hub.customers.value.explaining import TierWhyView
from hub.customers.value.report import TierReport
from hub.reporting.views import IndicatorsView
from hub.schema import upgrade
from hub.settings import Settings
from hub.setup import Changes
from hub.storage import Blobs, DirectoryBlobs, Store, Tx
from hub.storage.backup import make_backup
from hub.web.principal import Role

from .business import (
    ImportedRows,
    ImportRows,
    RebuildEffort,
    RebuiltEffort,
    import_balances,
    import_cases,
    import_orders,
    import_products,
    rebuild_effort,
)
from .imports import (
    Imported,
    ImportFile,
    ImportLine,
    ImportLines,
    ListImports,
    UndoImport,
    import_file,
    list_imports,
    undo_import,
)
from .knowledge import (
    EvaluateKnowledge,
    ImportKnowledge,
    KnowledgeEvaluated,
    KnowledgeImported,
    KnowledgeRefitted,
    RefitKnowledge,
    evaluate_knowledge,
    import_knowledge,
    refit_knowledge,
)
from .mailboxes import CheckMailboxes, MailboxSteps, check_mailboxes
from .pages import ImportPages, PagesImported, import_pages
from .phone import (
    CheckPhone,
    Fallback,
    PhoneSteps,
    PointNumbers,
    WriteFallback,
    check_phone_account,
    point_numbers,
    write_fallback,
)
from .privacy import MaskCards, MaskedCards, mask_cards
from .reports import AskIndicators, ExportMart, MartExported, ask_indicators, export_mart
from .setup import (
    AppliedText,
    ExportSetup,
    ListedVersions,
    ListSetupVersions,
    RestoreVersion,
    SetupFile,
    SetupText,
    apply_text,
    export_text,
    list_setup_versions,
    restore_text,
)
from .tiers import ExplainOrder, RunOrder, explain_job, run_job

Tell = Callable[[int, int], Awaitable[None]]  # done and total, for a progress bar
_PASSWORD_BYTES = 15


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a job works on: the running hub's own parts, or some opened for this one job."""

    settings: Settings
    store: Store
    blobs: Blobs
    passwords: Passwords


@dataclass(frozen=True, slots=True)
class Job:
    argument: type[Struct]
    result: type[Struct]
    run: Callable[[Workplace, Any, Tell], Awaitable[Struct]]


@asynccontextmanager
async def open_workplace(settings: Settings) -> AsyncIterator[Workplace]:
    """Open what a job needs, the schema up to date. The caller holds the file lock."""
    await asyncio.to_thread(upgrade, settings.database())
    passwords = Passwords()
    try:
        async with Store(settings.database(), Bus()) as store:
            blobs = DirectoryBlobs(settings.blobs_path())
            yield Workplace(settings, store, blobs, passwords)
    finally:
        passwords.close()


class NewUser(Struct, frozen=True):
    email: str
    name: str
    role: Role
    team_ids: list[str] = []
    language: str = "en"


class UserName(Struct, frozen=True):
    email: str


class LeavingUser(Struct, frozen=True):
    """`to`: the address of who takes over everything they look after; "" where that is nothing."""

    email: str
    to: str = ""


class UserLeft(Struct, frozen=True):
    email: str
    handed_over: care.Holdings


class UserPassword(Struct, frozen=True):
    """`password` is random and shown this once; "" where none was set."""

    email: str
    password: str = ""


async def add_a_user(place: Workplace, user: NewUser, _tell: Tell) -> UserPassword:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    command = AddUser(
        email=user.email,
        name=user.name,
        role=user.role,
        password_hash=await place.passwords.hash(password),
        team_ids=frozenset(user.team_ids),
        language=user.language,
        actor=SYSTEM,
    )
    added = await place.store.write(add_user, command)
    return UserPassword(added.email, password)


async def reset_a_user(place: Workplace, user: UserName, _tell: Tell) -> UserPassword:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    password_hash = await place.passwords.hash(password)
    email = await place.store.write(_reset, (user.email, password_hash))
    return UserPassword(email, password)


def _reset(tx: Tx, asked: tuple[str, str]) -> str:
    email, password_hash = asked
    user = get_user_by_email(tx, email)
    set_password(tx, SetPassword(user.id, password_hash, SYSTEM, enable=True))
    return user.email


async def disable_a_user(place: Workplace, user: LeavingUser, _tell: Tell) -> UserLeft:
    return await place.store.write(_leave, user)


def _leave(tx: Tx, asked: LeavingUser) -> UserLeft:
    user = get_user_by_email(tx, asked.email)
    to_id = get_user_by_email(tx, asked.to).id if asked.to else None
    left = care.leave_user(tx, care.LeaveUser(SYSTEM, user.id, to_id))
    return UserLeft(left.user.email, left.handed_over)


class BackupTo(Struct, frozen=True):
    folder: str  # absolute


class BackupMade(Struct, frozen=True):
    folder: str


async def back_up(place: Workplace, asked: BackupTo, _tell: Tell) -> BackupMade:
    settings = place.settings
    made = await asyncio.to_thread(
        make_backup, settings.database(), settings.blobs_path(), Path(asked.folder)
    )
    return BackupMade(str(made))


async def import_customers_file(place: Workplace, asked: ImportFile, tell: Tell) -> Imported:
    return await import_file(place.store, place.blobs, asked, tell)


async def undo_an_import(place: Workplace, asked: UndoImport, tell: Tell) -> ImportLine:
    return await undo_import(place.store, asked, tell)


async def list_the_imports(place: Workplace, asked: ListImports, _tell: Tell) -> ImportLines:
    return await list_imports(place.store, asked)


async def import_orders_file(place: Workplace, asked: ImportRows, tell: Tell) -> ImportedRows:
    return await import_orders(place.store, asked, tell)


async def import_products_file(place: Workplace, asked: ImportRows, tell: Tell) -> ImportedRows:
    return await import_products(place.store, asked, tell)


async def import_balances_file(place: Workplace, asked: ImportRows, tell: Tell) -> ImportedRows:
    return await import_balances(place.store, asked, tell)


async def import_cases_file(place: Workplace, asked: ImportRows, tell: Tell) -> ImportedRows:
    return await import_cases(place.store, asked, tell)


async def rebuild_all_effort(place: Workplace, asked: RebuildEffort, tell: Tell) -> RebuiltEffort:
    return await rebuild_effort(place.store, asked, tell)


async def mask_all_cards(place: Workplace, asked: MaskCards, tell: Tell) -> MaskedCards:
    return await mask_cards(place.store, asked, tell)


async def run_the_tiers(place: Workplace, asked: RunOrder, tell: Tell) -> TierReport:
    return await run_job(place.store, asked, tell)


async def explain_a_tier(place: Workplace, asked: ExplainOrder, _tell: Tell) -> TierWhyView:
    return await explain_job(place.store, asked)


async def export_a_mart(place: Workplace, asked: ExportMart, tell: Tell) -> MartExported:
    return await export_mart(place.store, asked, tell)


async def ask_the_indicators(place: Workplace, asked: AskIndicators, _tell: Tell) -> IndicatorsView:
    return await ask_indicators(place.store, asked)


async def import_a_knowledge(
    place: Workplace, asked: ImportKnowledge, tell: Tell
) -> KnowledgeImported:
    return await import_knowledge(place.store, asked, tell)


async def import_the_pages(place: Workplace, asked: ImportPages, tell: Tell) -> PagesImported:
    return await import_pages(place.store, asked, tell)


async def check_the_mailboxes(place: Workplace, asked: CheckMailboxes, _tell: Tell) -> MailboxSteps:
    return await check_mailboxes(place.store, place.settings, asked)


async def check_the_phone(place: Workplace, asked: CheckPhone, _tell: Tell) -> PhoneSteps:
    return await check_phone_account(place.store, place.settings, asked)


async def point_the_numbers(place: Workplace, asked: PointNumbers, _tell: Tell) -> PhoneSteps:
    return await point_numbers(place.store, place.settings, asked)


async def write_the_fallback(place: Workplace, asked: WriteFallback, _tell: Tell) -> Fallback:
    return await write_fallback(place.store, asked)


async def refit_the_knowledge(
    place: Workplace, asked: RefitKnowledge, tell: Tell
) -> KnowledgeRefitted:
    return await refit_knowledge(place.store, asked, tell)


async def evaluate_the_knowledge(
    place: Workplace, asked: EvaluateKnowledge, tell: Tell
) -> KnowledgeEvaluated:
    return await evaluate_knowledge(place.store, asked, tell)


async def apply_a_setup(place: Workplace, asked: SetupText, _tell: Tell) -> AppliedText:
    return await apply_text(place.store, asked)


async def export_a_setup(place: Workplace, asked: ExportSetup, _tell: Tell) -> SetupFile:
    return await export_text(place.store, asked)


async def list_setups(place: Workplace, asked: ListSetupVersions, _tell: Tell) -> ListedVersions:
    return await list_setup_versions(place.store, asked)


async def restore_a_setup(place: Workplace, asked: RestoreVersion, _tell: Tell) -> Changes:
    return await restore_text(place.store, asked)


JOBS: dict[str, Job] = {
    "user.add": Job(NewUser, UserPassword, add_a_user),
    "user.reset": Job(UserName, UserPassword, reset_a_user),
    "user.disable": Job(LeavingUser, UserLeft, disable_a_user),
    "backup": Job(BackupTo, BackupMade, back_up),
    "apply": Job(SetupText, AppliedText, apply_a_setup),
    "setup.export": Job(ExportSetup, SetupFile, export_a_setup),
    "setup.restore": Job(RestoreVersion, Changes, restore_a_setup),
    "setup.versions": Job(ListSetupVersions, ListedVersions, list_setups),
    "import": Job(ImportFile, Imported, import_customers_file),
    "import.orders": Job(ImportRows, ImportedRows, import_orders_file),
    "privacy.mask_cards": Job(MaskCards, MaskedCards, mask_all_cards),
    "rebuild.effort": Job(RebuildEffort, RebuiltEffort, rebuild_all_effort),
    "import.products": Job(ImportRows, ImportedRows, import_products_file),
    "import.balances": Job(ImportRows, ImportedRows, import_balances_file),
    "import.cases": Job(ImportRows, ImportedRows, import_cases_file),
    "tiers.run": Job(RunOrder, TierReport, run_the_tiers),
    "mart.export": Job(ExportMart, MartExported, export_a_mart),
    "indicators": Job(AskIndicators, IndicatorsView, ask_the_indicators),
    "tiers.explain": Job(ExplainOrder, TierWhyView, explain_a_tier),
    "knowledge.import": Job(ImportKnowledge, KnowledgeImported, import_a_knowledge),
    "knowledge.pages": Job(ImportPages, PagesImported, import_the_pages),
    "knowledge.refit": Job(RefitKnowledge, KnowledgeRefitted, refit_the_knowledge),
    "knowledge.evaluate": Job(EvaluateKnowledge, KnowledgeEvaluated, evaluate_the_knowledge),
    "mailboxes.check": Job(CheckMailboxes, MailboxSteps, check_the_mailboxes),
    "phone.check": Job(CheckPhone, PhoneSteps, check_the_phone),
    "phone.point": Job(PointNumbers, PhoneSteps, point_the_numbers),
    "phone.fallback": Job(WriteFallback, Fallback, write_the_fallback),
    "import.undo": Job(UndoImport, ImportLine, undo_an_import),
    "import.batches": Job(ListImports, ImportLines, list_the_imports),
}
