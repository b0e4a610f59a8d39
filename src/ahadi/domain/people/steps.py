"""Inner moves of people and what they may do; each needs an open act."""

from collections.abc import Sequence

from ahadi.data import frames
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.grant import ROLES, Grant, GrantEnd
from ahadi.data.models.organisation import Branch
from ahadi.data.models.person import Owner, Person
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import access
from ahadi.domain.people.ports import Access

OWNING = ("officer", "field")


class UnableToChangeAccess(Exception):
    """What somebody may do cannot be changed so; the text says what is in the way and what to do."""

    is_refusal = True


class UnableToFindPerson(Exception):
    """Nobody of this organisation has this reference. Look for them in the list of people."""

    is_refusal = True


def require_admin(act: Act) -> None:
    """Who looks after access is an administrator, or the operator at the console; one at a time in an organisation.

    The lock comes first: whoever was taken out while waiting for it is no administrator any more.
    Raises UnableToChangeAccess.
    """
    frames.lock("access", act.organisation_id)
    if not access.rights(act.by).may("admin"):
        raise UnableToChangeAccess("an administrator lets people join, move and leave; ask one")


def person_of(act: Act, person_id: int) -> Person:
    """The person of the act's organisation. Raises UnableToFindPerson."""
    found = Person.objects.filter(id=person_id, organisation_id=act.organisation_id).first()
    if found is None:
        raise UnableToFindPerson("nobody here has this reference; look for them in the list of people")
    return found


def require_other(act: Act, person: Person) -> None:
    """Nobody changes their own access. Raises UnableToChangeAccess."""
    if person.id == act.by.person_id:
        raise UnableToChangeAccess("nobody changes what they may do themselves; ask another administrator")


def require_administrator_left(act: Act, person: Person, role: str | None) -> None:
    """Somebody must still look after access when this person has `role`, or left. Raises UnableToChangeAccess."""
    if role == "admin":
        return
    others = frames.scalar(
        "SELECT count(*) FROM grant_given g JOIN person p ON p.id = g.person_id AND p.is_active"
        " LEFT JOIN grant_end e ON e.grant_id = g.id WHERE g.role = 'admin' AND e.grant_id IS NULL"
        " AND p.organisation_id = %(organisation)s AND p.id <> %(person)s",
        {"organisation": act.organisation_id, "person": person.id},
    )
    was_admin = Grant.objects.filter(person=person, role="admin").exclude(id__in=_ended(person)).exists()
    if was_admin and not others:
        raise UnableToChangeAccess(
            f"{person.name} is the only administrator: let somebody else be one first, then change this"
        )


def give(act: Act, person: Person, terms: Access) -> None:
    """Gives grants; an officer becomes an owner of accounts. Raises UnableToChangeAccess."""
    if terms.role not in ROLES:
        raise UnableToChangeAccess(f"{terms.role!r} is no role: choose one of {', '.join(ROLES)}")
    branch = branch_of(act, terms.branch)
    for creditor_id in creditor_ids(act, terms.creditors):
        Grant(
            person=person, role=terms.role, creditor_id=creditor_id, branch=branch, from_at=act.at, act_id=act.id
        ).save(force_insert=True)
    if terms.role in OWNING and not Owner.objects.filter(person=person).exists():
        Owner(
            organisation_id=act.organisation_id, person=person, branch=branch, code=person.login, name=person.name
        ).save(force_insert=True)


def end_all(act: Act, person: Person) -> int:
    """Ends every grant that the person holds, and with it every session; the number of grants."""
    held = list(Grant.objects.filter(person=person).exclude(id__in=_ended(person)).values_list("id", flat=True))
    for grant_id in held:
        GrantEnd(grant_id=grant_id, at=act.at, act_id=act.id).save(force_insert=True)
    end_sessions(person)
    return len(held)


def end_sessions(person: Person) -> None:
    """No session that is open now is the person's any more."""
    person.access_revision += 1
    person.save(update_fields=["access_revision"])


def branch_of(act: Act, code: str | None) -> Branch | None:
    """The branch of this code, opened when it is first named."""
    if not code:
        return None
    branch, _ = Branch.objects.get_or_create(organisation_id=act.organisation_id, code=code, defaults={"name": code})
    return branch


def creditor_ids(act: Act, codes: Sequence[str]) -> list[int | None]:
    """The creditors of these codes; a single None for all of them. Raises UnableToChangeAccess."""
    if not codes:
        return [None]
    known = dict(Creditor.objects.filter(organisation_id=act.organisation_id).values_list("code", "id"))
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise UnableToChangeAccess(f"there is no creditor {', '.join(unknown)} here; choose among those that there are")
    return [known[code] for code in codes]


def _ended(person: Person) -> list[int]:
    return list(GrantEnd.objects.filter(grant__person=person).values_list("grant_id", flat=True))
