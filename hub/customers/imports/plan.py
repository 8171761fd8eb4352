"""What a piece of an import would do: decided row by row, by a fixed number of reads.

A row that fits an existing customer completes that one. A row whose addresses belong to different
customers, or to one whose id of the business system is another one, is refused: somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from hub.core.text import fold
from hub.customers.consent.erased import ERASED_TEXT
from hub.customers.model import CustomerKind, IdentityKind, IdentityStatus, TierSource
from hub.customers.normalise import Address
from hub.storage import Tx

from .known import Everybody, Known, KnownOrganisation, KnownRole, load_everybody
from .model import ImportRow, Reason, Refused, RowClass
from .order import ImportOrder
from .outcome import Before, Counts, Outcome, RoleBefore
from .records import Records, Values

MADE = ("name", "language", "tier", "branch_id")  # how a new customer is known again


@dataclass(slots=True)
class Plan:
    """What one piece does, as rows for each table. `people`: those whose tier may follow."""

    created: dict[str, Values] = field(default_factory=dict)
    updated: dict[str, Known] = field(default_factory=dict)
    identities: list[Values] = field(default_factory=list)
    tiers: list[Values] = field(default_factory=list)
    facts: list[Values] = field(default_factory=list)
    sources: list[Values] = field(default_factory=list)
    organisations: list[Values] = field(default_factory=list)
    roles: list[Values] = field(default_factory=list)
    changed_roles: dict[str, str] = field(default_factory=dict)
    questions: dict[tuple[str, str], Values] = field(default_factory=dict)  # by the two customers
    outcomes: list[Outcome] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)

    @property
    def size(self) -> int:
        """How many rows of tables are added or changed."""
        added = len(self.identities) + len(self.tiers) + len(self.facts) + len(self.sources)
        people = len(self.created) + len(self.updated) + len(self.organisations)
        return added + people + len(self.roles) + len(self.changed_roles)


def plan_piece(tx: Tx, piece: tuple[ImportOrder, Sequence[ImportRow | Refused]]) -> Plan:
    """Decide about each row of a piece."""
    order, rows = piece
    good = [row for row in rows if isinstance(row, ImportRow)]
    planner = _Planner(order, load_everybody(tx, order, good), Records(order, tx.now))
    for row in rows:
        if isinstance(row, Refused):
            planner.refuse(row)
        else:
            planner.add(row)
    plan = planner.plan
    plan.counts.written = plan.size
    return plan


@dataclass(slots=True)
class _Planner:
    order: ImportOrder
    known: Everybody
    records: Records
    plan: Plan = field(default_factory=Plan)

    def refuse(self, row: Refused) -> None:
        self.plan.counts.count(row.row_class)
        self.plan.outcomes.append(Outcome.of_refused(row))

    def _ask(self, row: Refused, label: str) -> None:
        """Refuse a row; where it says that two customers are one, somebody is asked."""
        self.refuse(row)
        if len(row.holders) != 2:
            return
        one, other = sorted(row.holders)
        question = self.plan.questions.setdefault(
            (one, other), self.records.question(one, other, row.line, label)
        )
        before = self.plan.outcomes[-1].before
        if before is not None and question["evidence"]["line"] == row.line:
            before.questions.append(question["id"])

    def add(self, row: ImportRow) -> None:
        found = self._found(row)
        refused = self._conflict(row, found)
        if refused is not None:
            self._ask(refused, row.label)
            return
        person = found[0] if found else None
        if person is None and row.same_as is not None and self.order.dry_run:
            self._repeat(row)
            return
        if person is None and any(_key(one) in self.known.erased for one in row.addresses):
            self.refuse(_refused(row, "row.erased", ERASED_TEXT, ()))
            return
        before = Before(made=person is None)
        if person is None:
            person = self._make(row, before)
        else:
            self._complete(row, person, before)
        self._add_addresses(row, person, before)
        self._add_note(row, person, before)
        self._add_source(row, person, before)
        if row.organisation:
            self._add_role(row, person, before)
        self._note(row, person, before)

    def _found(self, row: ImportRow) -> list[Known]:
        """Return the customers that the row's addresses belong to, else whom its name means."""
        found: dict[str, Known] = {}
        for address in row.addresses:
            holder = self.known.holders.get(_key(address))
            if holder is not None:
                found[holder.customer_id] = holder
        if found:
            return list(found.values())
        if not row.addresses:
            bare = self.known.bare.get(self._name_and_source(row))
            return [bare] if bare else []
        return self._named_among_sharing(row)

    def _named_among_sharing(self, row: ImportRow) -> list[Known]:
        """Of several customers at one shared address, the one of the row's name."""
        sharing = {
            person.customer_id: person
            for address in row.addresses
            for person in self.known.sharing.get(_key(address), ())
        }
        named = [p for p in sharing.values() if row.name and _same_name(p.name, row.name)]
        return named if len(named) == 1 else []

    def _conflict(self, row: ImportRow, found: Sequence[Known]) -> Refused | None:
        sight = self.order.sight
        if any(not sight.sees(person.branch_id, person.owner_id) for person in found):
            text = "A customer of another branch has an address of it. Ask somebody who sees both."
            return _refused(row, "row.out_of_sight", text, ())
        if len(found) > 1:
            text = (
                "Its addresses belong to different customers: merge those first, or split the row."
            )
            return _refused(row, "row.conflict", text, found)
        said = {a.value for a in row.addresses if a.kind is IdentityKind.EXTERNAL}
        if found and said and not said & found[0].external_ids:
            others = [kept for kept in found[0].external_ids if _same_system(kept, said)]
            if others:
                text = f"Its addresses belong to the customer {min(others)}, which is another one."
                return _refused(row, "row.other_id", text, found, min(others))
        if found and row.name and not said & found[0].external_ids:
            kept = found[0].name
            if kept and not _same_name(kept, row.name):
                text = f"Its addresses belong to {kept[:60]}, who has another name."
                return _refused(row, "row.other_name", text, found, kept[:60])
        return None

    def _repeat(self, row: ImportRow) -> None:
        """A preview: the row it repeats was in a piece before and has written nothing."""
        counts = self.plan.counts
        counts.match += 1
        counts.updated += row.brings
        counts.unchanged += not row.brings
        self.plan.outcomes.append(Outcome.of_row(row, RowClass.MATCH, None, Before()))

    def _note(self, row: ImportRow, person: Known, before: Before) -> None:
        counts, plan = self.plan.counts, self.plan
        row_class = RowClass.NEW if before.made else RowClass.MATCH
        counts.count(row_class)
        role_alone = msgspec.structs.replace(before, role=None, organisation=None).is_nothing
        counts.created += before.made
        counts.updated += not before.made and not role_alone
        counts.unchanged += not before.made and role_alone
        if not role_alone:
            plan.changed.add(person.customer_id)
        plan.outcomes.append(Outcome.of_row(row, row_class, person.customer_id, before))

    def _make(self, row: ImportRow, before: Before) -> Known:
        person = self.records.new_person(row)
        made = self.records.customer(CustomerKind.PERSON, person)
        self.plan.created[person.customer_id] = made
        before.now = {name: made[name] for name in MADE}
        if person.tier != self.order.default_tier:
            self._change_tier(person, self.order.default_tier, person.tier, before)
        if not row.addresses:
            self.known.bare[self._name_and_source(row)] = person
        return person

    def _complete(self, row: ImportRow, person: Known, before: Before) -> None:
        """Complete an existing customer: what the file says counts, what it leaves out stays.

        A tier that was set by hand is not overruled.
        """
        changes: Values = {}
        if row.name and row.name != person.name:
            changes["name"] = row.name
        if row.language and row.language != person.language:
            changes["language"] = row.language
        by_hand = person.tier_source == TierSource.MANUAL
        if row.tier and row.tier != person.tier and not by_hand:
            changes |= self.records.imported_tier(row.tier)
            self._change_tier(person, person.tier, row.tier, before)
        if not changes:
            return
        before.was = msgspec.to_builtins({name: getattr(person, name) for name in changes})
        before.now = msgspec.to_builtins(changes)
        for name, value in changes.items():
            setattr(person, name, value)
        if person.customer_id in self.plan.created:
            self.plan.created[person.customer_id].update(changes)
        else:
            self.plan.updated[person.customer_id] = person

    def _change_tier(self, person: Known, was: str, tier: str, before: Before) -> None:
        change = self.records.tier_change(person, was, tier)
        before.tiers.append(change["id"])
        self.plan.tiers.append(change)

    def _add_addresses(self, row: ImportRow, person: Known, before: Before) -> None:
        for address in row.addresses:
            key = _key(address)
            sharing = self.known.sharing.get(key)
            if key in self.known.holders or (sharing and any(one is person for one in sharing)):
                continue
            status = IdentityStatus.SHARED if sharing else IdentityStatus.ACTIVE
            identity = self.records.identity(person, address, status)
            before.identities.append(identity["id"])
            self.plan.identities.append(identity)
            if sharing:
                sharing.append(person)
            else:
                self.known.holders[key] = person
            if address.kind is IdentityKind.EXTERNAL:
                person.external_ids.add(address.value)

    def _add_note(self, row: ImportRow, person: Known, before: Before) -> None:
        if not row.note or row.note in person.notes:
            return
        note = self.records.note(person, row.note)
        person.notes.add(row.note)
        before.facts.append(note["id"])
        self.plan.facts.append(note)

    def _add_source(self, row: ImportRow, person: Known, before: Before) -> None:
        """Keep where else the customer came from: the first source stays (knowledge.md)."""
        if not row.source or row.source == person.source or row.source in person.sources:
            return
        source = self.records.source(person, row.source)
        person.sources.add(row.source)
        before.sources.append(source["id"])
        self.plan.sources.append(source)

    def _name_and_source(self, row: ImportRow) -> tuple[str, str]:
        return row.name or "", row.source or self.order.source

    def _add_role(self, row: ImportRow, person: Known, before: Before) -> None:
        name = str(row.organisation)[:200]
        organisation = self.known.organisations.get(name)
        if organisation is None:
            organisation = self._make_organisation(name)
            before.organisation = organisation.id
        organisation_id = organisation.id
        if organisation_id == person.customer_id:  # the row is about the organisation itself
            return
        said, kept = (row.role or "")[:120], person.roles.get(organisation_id)
        if kept is None:
            role = self.records.role(organisation_id, person, said)
            self.plan.roles.append(role)
            before.role = RoleBefore(role["id"], said)
            person.roles[organisation_id] = KnownRole(role["id"], said)
            if organisation.tier != person.tier:  # the better one may count now
                self.plan.people.add(person.customer_id)
        elif said and said != kept.role:
            before.role = RoleBefore(kept.id, said, kept.role)
            new = next((one for one in self.plan.roles if one["id"] == kept.id), None)
            if new is not None:
                new["role"] = said
            else:
                self.plan.changed_roles[kept.id] = said
            person.roles[organisation_id] = KnownRole(kept.id, said)

    def _make_organisation(self, name: str) -> KnownOrganisation:
        made = self.records.new_organisation(name)
        self.plan.organisations.append(self.records.customer(CustomerKind.ORGANISATION, made))
        self.plan.counts.organisations += 1
        self.plan.changed.add(made.customer_id)
        organisation = KnownOrganisation(made.customer_id, made.tier)
        self.known.organisations[name] = organisation
        return organisation


def _key(address: Address) -> tuple[str, str]:
    return address.kind.value, address.value


def _same_name(one: str | None, other: str) -> bool:
    return one is not None and "".join(fold(one).split()) == "".join(fold(other).split())


def _same_system(kept: str, said: Iterable[str]) -> bool:
    """Say whether an id comes from the business system of one of the others ("shop:10023")."""
    return any(kept.rpartition(":")[0] == other.rpartition(":")[0] for other in said)


def _refused(
    row: ImportRow, code: str, text: str, found: Sequence[Known], detail: str = ""
) -> Refused:
    holders = tuple(person.customer_id for person in found)
    return Refused(row.line, (Reason(code, text, detail=detail),), row.cells, holders)
