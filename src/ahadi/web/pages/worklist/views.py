"""Today's list, who is not on it, and why."""

import polars as pl
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.people import queries as people
from ahadi.domain.work import queries
from ahadi.web.frame import listing
from ahadi.web.frame.admission import EVERYBODY, STAFF, Visitor, admits
from ahadi.web.frame.downloads import download
from ahadi.web.frame.listing import page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.worklist import reasons, rows
from ahadi.web.pages.worklist.forms import Choice, chosen

_EXPORTED = ["rank", "debtor_name", "creditor", "number", "officer", "currency", "overdue_minor", "days_late"]


@require_safe
@admits(*EVERYBODY)
def worklist(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts to work today, most points first."""
    if not visitor.is_staff:
        return HttpResponseRedirect(reverse("ageing"))
    choice = chosen(request.GET)
    ranking = queries.ranking(by=visitor.actor, as_of=visitor.today)
    fitting = rows.ordered(rows.narrowed(_named(visitor, ranking.ranked), choice), choice)
    fitting = fitting.join(rows.reasons(ranking), on="account_id", how="left", maintain_order="left")
    if choice.format:
        table = fitting.select(*_EXPORTED, "bucket", "points", "reason")
        return download(table, name="worklist", format=choice.format, money={"overdue_minor": "currency"})
    shown, number = page_of(fitting, choice.page)
    address = choice.address(request.path)
    return show(
        request,
        "worklist/templates/worklist.html",
        visitor=visitor,
        choice=choice,
        address=address,
        exports=[(kind, address.having(format=kind)) for kind in ("csv", "xlsx")],
        heads=_heads(choice, address, fitting, visitor),
        listed=ranking.ranked.height,
        absent=ranking.absent.height,
        page=paging(rows.worklist_rows(shown), fitting.height, number, address),
        is_mixed=fitting["currency"].n_unique() > 1,
        **_choosers(visitor, ranking.ranked, choice),
    )


@require_safe
@admits(*STAFF)
def absent(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts that a rule keeps off the list today, and until when."""
    choice = chosen(request.GET)
    ranking = queries.ranking(by=visitor.actor, as_of=visitor.today)
    fitting = rows.narrowed(_named(visitor, ranking.absent), choice)
    fitting = fitting.sort("overdue_minor", "account_id", descending=[True, False])
    if choice.format:
        table = fitting.select(*_EXPORTED[1:], "rule", "until_date")
        return download(table, name="not-on-the-list", format=choice.format, money={"overdue_minor": "currency"})
    shown, number = page_of(fitting, choice.page)
    address = choice.address(request.path)
    return show(
        request,
        "worklist/templates/absent.html",
        visitor=visitor,
        choice=choice,
        address=address,
        exports=[(kind, address.having(format=kind)) for kind in ("csv", "xlsx")],
        rules=rows.rule_options(ranking.absent, choice.rule),
        page=paging(rows.absent_rows(shown, today=visitor.today), fitting.height, number, address),
        **_choosers(visitor, ranking.absent, choice),
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
        why=reasons.why(standing, names, today=visitor.today),
        account_url=reverse("account", args=[account]),
    )


def _named(visitor: Visitor, ranked: pl.DataFrame) -> pl.DataFrame:
    return rows.named(ranked, queries.debtors(by=visitor.actor, account_ids=ranked["account_id"]))


def _heads(
    choice: Choice, address: listing.Address, fitting: pl.DataFrame, visitor: Visitor
) -> tuple[listing.Head, ...]:
    currencies = fitting["currency"].unique().to_list()
    columns = {
        "name": (_("Debtor"), False),
        "creditor": (_("Creditor"), False),
        "account": (_("Account"), False),
        **({"officer": (_("Officer"), False)} if visitor.is_leader else {}),
        "arrears": (_("Arrears"), True),
        "days": (_("Days late"), True),
    }
    return address.heads(columns, choice.sort, {"arrears": currencies[0] if len(currencies) == 1 else ""})


def _choosers(visitor: Visitor, ranked: pl.DataFrame, choice: Choice) -> dict[str, tuple[rows.Option, ...]]:
    owners = people.owners(visitor.actor.organisation_id or 0) if visitor.is_leader else None
    return {
        "creditors": rows.options(ranked["creditor"].unique(), choice.creditor, _("All creditors")),
        "buckets": rows.bucket_options(choice.bucket),
        "officers": rows.officer_options(ranked, owners, choice.officer) if owners is not None else (),
    }
