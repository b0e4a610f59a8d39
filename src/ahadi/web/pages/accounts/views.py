"""One account on any day, its balance opened to what made it."""

from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ahadi.domain.contact import codes
from ahadi.domain.people import queries as people
from ahadi.domain.reporting import contacts, queries
from ahadi.domain.reporting.contacts import Reach
from ahadi.web.frame import beliefs, figures, relations, words
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.listing import PAGE_ROWS, page_of, paging
from ahadi.web.frame.moments import moment
from ahadi.web.frame.rendering import show
from ahadi.web.frame.rhythm import rhythm, trend
from ahadi.web.pages.accounts import rows
from ahadi.web.pages.accounts.forms import chosen
from ahadi.web.pages.accounts.reach import MayWe, may_we


@require_safe
@admits(*EVERYBODY)
def account(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """An account: who owes what to whom since when, which charges and receipts made it, who owns it."""
    choice = chosen(request.GET, today=visitor.today)
    statement = queries.statement(by=visitor.actor, account_id=account, as_of=choice.as_of)
    listed = rows.charges_of(statement, is_all=choice.is_all)
    shown, number = page_of(listed, choice.page)
    newest: pl.DataFrame = statement.receipts.reverse().head(PAGE_ROWS)
    address = choice.address(request.path)
    dues = rhythm(statement, choice.as_of)
    return show(
        request,
        "accounts/templates/account.html",
        visitor=visitor,
        status=400 if choice.error else 200,
        choice=choice,
        as_of=figures.day(choice.as_of, visitor.today),
        today=visitor.today.isoformat(),
        is_today=choice.as_of == visitor.today,
        account=rows.account_view(statement, _owners(visitor)),
        charges=paging(rows.charge_rows(statement, shown), listed.height, number, address),
        receipts=rows.receipt_rows(statement, newest),
        receipt_count=statement.receipts.height,
        dues=dues,
        trend=trend(dues),
        **(_people(request, visitor, account) if choice.as_of == visitor.today and visitor.is_staff else {}),
        why_url=reverse("why", args=[account]),
        offers_url=reverse("offers", args=[account]),
        open_url=address.having(charges="", page=""),
        all_url=address.having(charges="all", page=""),
    )


def _people(request: HttpRequest, visitor: Visitor, account: int) -> dict[str, Any]:
    """The people of an account: whether they may be reached, where, and on what basis."""
    reach, may = _may_we(request, visitor, account)
    believed = contacts.beliefs(reach, as_of=visitor.today)
    return {
        "may": may,
        "numbers": beliefs.whose_rows(reach.people, believed, account=account, today=visitor.today),
        "related": relations.related_rows(reach.people, account=account),
        "tell_url": reverse("tell", args=[account]),
        "relate_url": reverse("relate", args=[account]),
        "look_url": reverse("look-for-duplicates", args=[account]),
        "details_url": reverse("details", args=[account]),
    }


def _may_we(request: HttpRequest, visitor: Visitor, account: int) -> tuple[Reach, MayWe]:
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    asked = moment(request.GET, zone=zone, today=visitor.today)
    found = contacts.reached(by=visitor.actor, account_id=account, at=asked.at, purpose=asked.purpose)
    listed = codes.outcomes(visitor.actor.organisation_id or 0)
    results = {one.code.code: words.said(one.code.label) for one in listed}
    return found, may_we(found, asked, results, today=visitor.today)


def _owners(visitor: Visitor) -> dict[str, str]:
    owners = people.owners(visitor.actor.organisation_id or 0)
    return dict(owners.select("code", "name").iter_rows())
