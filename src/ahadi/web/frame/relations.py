"""Who stands beside a debtor, in words: on what basis they may be contacted, and what may be said to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.reporting.contacts import Met
from ahadi.web.frame import contact, figures
from ahadi.web.frame.doings import Word
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written

_SURETIES = ("guarantor", "co_borrower", "representative")


@dataclass(frozen=True)
class RelatedRow:
    """Somebody beside the debtor: the basis as a word, and what may be said, in a sentence."""

    name: str
    role: str
    word: Word
    may_say: str
    basis_url: str
    end_url: str


def related_rows(people: Sequence[Met], *, account: int) -> tuple[RelatedRow, ...]:
    """Everybody but the debtor."""
    return tuple(_row(one, account) for one in people if one.role != "debtor")


def _row(one: Met, account: int) -> RelatedRow:
    return RelatedRow(
        name=one.name or _("Somebody without a name"),
        role=contact.role(one.role),
        word=_word(one),
        may_say=_may_say(one),
        basis_url=reverse("relate", args=[account]),
        end_url=reverse("end-relation", args=[account, one.person_id]),
    )


def _word(one: Met) -> Word:
    if one.basis is not None:
        return Word(basis(one.basis), "badge-check", "next" if one.basis == "location" else "kept")
    if one.role in _SURETIES:
        return Word(_("stands in for the debt"), "badge-check", "kept")
    return Word(_("no basis"), "ban", "late")


def _may_say(one: Met) -> str:
    if one.basis == "location":
        return _("May be asked where the debtor is. Nothing is said of a debt.")
    if one.role in ("guarantor", "co_borrower"):
        return _("May be told of the debt and asked to pay it.")
    if one.role == "representative":
        return _("Is spoken with in place of the debtor.")
    if one.basis is not None:
        return _("May be contacted as they agreed. Amounts only where the debtor allows it.")
    return _("May not be contacted about the debtor: no basis is recorded.")


def basis(code: str) -> str:
    """On what basis somebody else may be contacted."""
    known = {
        "contract": _("bound by the contract"),
        "consent": _("consented themselves"),
        "mandate": _("has a power of attorney"),
        "location": _("to ask where the debtor is"),
    }
    return known.get(code, code)


def uncovering(code: str) -> str:
    """Why a number was looked at in full."""
    known = {
        "to_dial": _("to dial it"),
        "to_verify": _("to check it with them"),
        "to_correct": _("to correct it"),
        "debtor_asks": _("they asked for it"),
    }
    return known.get(code, code)


def with_role(name: str, role: str) -> str:
    """Somebody and what they are to the debtor."""
    return _("%(name)s, %(role)s") % {"name": figures.as_written(name), "role": role}


def people(known: Sequence[Met], chosen: str) -> tuple[Option, ...]:
    """The people of an account to choose from, the debtor first."""
    labels = {
        written("person", one.person_id): with_role(one.name or contact.role(one.role), contact.role(one.role))
        for one in known
    }
    return options(labels, chosen or next(iter(labels), ""))
