"""Today's list, who is not on it, and why."""

from dataclasses import replace

import polars as pl
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.people import queries as people
from ahadi.domain.reporting import contacts
from ahadi.domain.work import queries
from ahadi.web.frame import listing
from ahadi.web.frame.admission import EVERYBODY, STAFF, Visitor, admits
from ahadi.web.frame.downloads import download, exports
from ahadi.web.frame.listing import Address, Head, page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.worklist import reasons, rows
from ahadi.web.pages.worklist.forms import ORDERS, Choice, chosen

_EXPORTED = ["debtor_name", "creditor", "number", "officer", "currency", "overdue_minor", "days_late"]


@require_safe
@admits(*EVERYBODY)
def first(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The first page: an officer's desk, everybody else's list; an address that chooses of the list still does."""
    is_officer = visitor.rights.may("officer", "field") and not visitor.is_leader
    if is_officer and not request.GET:
        return HttpResponseRedirect(reverse("desk"))
    return worklist(request)


@require_safe
@admits(*EVERYBODY)
def worklist(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts to work today, most points first."""
    if not visitor.is_staff:
        return HttpResponseRedirect(reverse("ageing"))
    choice, officers = chosen(request.GET), _officers(visitor)
    today = queries.listing(by=visitor.actor, as_of=visitor.today)
    fitting = _fitting(visitor, today.ranked, choice).join(
        rows.reasons(today.points), on="account_id", how="left", maintain_order="left"
    )
    fitting = listing.sorted_by(fitting, choice.sort, ORDERS)
    if choice.format:
        return _download(fitting.select("rank", *_EXPORTED, "bucket", "points", "reason"), "worklist", choice)
    shown, number = page_of(fitting, choice.page)
    address = choice.address(request.path)
    return show(
        request,
        "worklist/templates/worklist.html",
        visitor=visitor,
        choice=choice,
        choosers=_choosers(visitor, today.ranked, choice, officers),
        exports=exports(address),
        heads=_heads(choice, address, fitting, visitor),
        listed=today.ranked.height,
        absent=today.absent,
        page=paging(rows.worklist_rows(shown, officers), fitting.height, number, address),
        is_mixed=fitting["currency"].n_unique() > 1,
    )


@require_safe
@admits(*STAFF)
def absent(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts that a rule keeps off the list today, and until when."""
    choice, officers, titles = chosen(request.GET), _officers(visitor), contacts.titles(by=visitor.actor)
    ranking = queries.ranking(by=visitor.actor, as_of=visitor.today)
    fitting = _fitting(visitor, ranking.absent, choice)
    fitting = fitting.sort("overdue_minor", "account_id", descending=[True, False])
    if choice.format:
        return _download(fitting.select(*_EXPORTED, "rule", "until_date"), "not-on-the-list", choice)
    shown, number = page_of(fitting, choice.page)
    address = choice.address(request.path)
    choosers = _choosers(visitor, ranking.absent, choice, officers)
    return show(
        request,
        "worklist/templates/absent.html",
        visitor=visitor,
        choice=choice,
        choosers=replace(choosers, buckets=(), rules=rows.rule_options(ranking.absent, choice.rule, titles)),
        exports=exports(address),
        page=paging(rows.absent_rows(shown, officers, titles, today=visitor.today), fitting.height, number, address),
    )


@require_safe
@admits(*STAFF)
def why(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The points of one account, what would change them, and who is held back near it."""
    standing = queries.standing(by=visitor.actor, as_of=visitor.today, account_id=account)
    about = pl.concat([standing.ranking.ranked["account_id"], standing.ranking.absent["account_id"]])
    names = queries.debtors(by=visitor.actor, account_ids=about)
    return show(
        request,
        "worklist/templates/why.html",
        visitor=visitor,
        why=reasons.why(standing, names, contacts.titles(by=visitor.actor), today=visitor.today),
        account_url=reverse("account", args=[account]),
    )


def _fitting(visitor: Visitor, ranked: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    names = queries.debtors(by=visitor.actor, account_ids=ranked["account_id"])
    return rows.narrowed(rows.named(ranked, names), choice)


def _download(table: pl.DataFrame, name: str, choice: Choice) -> HttpResponse:
    return download(table, name=name, format=choice.format, money={"overdue_minor": "currency"})


def _officers(visitor: Visitor) -> dict[str, str]:
    owners = people.owners(visitor.actor.organisation_id or 0)
    return dict(owners.select("code", "name").iter_rows())


def _choosers(visitor: Visitor, ranked: pl.DataFrame, choice: Choice, officers: dict[str, str]) -> rows.Choosers:
    return rows.Choosers(
        creditors=rows.options(ranked["creditor"].unique(), choice.creditor, _("All creditors")),
        buckets=rows.bucket_options(choice.bucket),
        officers=rows.officer_options(ranked, officers, choice.officer) if visitor.is_leader else (),
    )


def _heads(choice: Choice, address: Address, fitting: pl.DataFrame, visitor: Visitor) -> tuple[Head, ...]:
    currencies = fitting["currency"].unique().to_list()
    columns = {
        "name": (_("Debtor"), False),
        "creditor": (_("Creditor"), False),
        "account": (_("Account"), False),
        **({"officer": (_("Officer"), False)} if visitor.is_leader else {}),
        "arrears": (_("Arrears"), True),
        "days": (_("Days late"), True),
        "age": (_("Age"), False),
        "points": (_("Points"), True),
    }
    return address.heads(columns, choice.sort, {"arrears": currencies[0] if len(currencies) == 1 else ""})
