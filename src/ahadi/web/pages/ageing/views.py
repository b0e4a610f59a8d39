"""The ageing of balances on any day, and the accounts behind each of its figures."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.accounts.queries import STANDARD
from ahadi.domain.people import queries as people
from ahadi.domain.reporting import queries
from ahadi.web.frame import figures, listing, words
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.downloads import download, exports
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address, Head, page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.ageing import rows
from ahadi.web.pages.ageing.forms import DIMENSIONS, ORDERS, Choice, chosen


@require_safe
@admits(*EVERYBODY)
def ageing(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Open balances by age, per currency, by what was asked for; 400 with the reason where the day cannot be."""
    choice = _chosen(request, visitor)
    book = queries.ageing(by=visitor.actor, as_of=choice.as_of, dimensions=(choice.by,))
    address = Address(request.path, {"as_of": choice.as_of.isoformat(), "by": choice.by})
    if choice.format:
        return download(book.table, name="ageing", format=choice.format, money={"open_minor": "currency"})
    return show(
        request,
        "ageing/templates/ageing.html",
        visitor=visitor,
        status=400 if choice.error else 200,
        choice=choice,
        as_of=figures.day(choice.as_of, visitor.today),
        today=visitor.today.isoformat(),
        dimension=rows.dimension_label(choice.by),
        dimensions=rows.dimension_links(choice, address, _offered(visitor)),
        buckets=words.buckets(STANDARD.codes),
        saved=saved(request, visitor, "ageing"),
        blocks=rows.blocks(book, choice, _officers(visitor)),
        overdue_debtors=figures.count(book.overdue_debtors),
        exports=exports(address),
    )


@require_safe
@admits(*EVERYBODY)
def behind(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts behind one figure of the ageing; they add up to it."""
    choice = _chosen(request, visitor)
    book = queries.ageing(by=visitor.actor, as_of=choice.as_of, dimensions=(choice.by,))
    found = listing.sorted_by(rows.behind_frame(book, choice), choice.sort, ORDERS)
    if choice.format:
        hidden = ["account_id"] if visitor.is_staff else ["account_id", "officer"]
        return download(found.drop(hidden), name="accounts", format=choice.format, money={"amount_minor": "currency"})
    shown, number = page_of(found, choice.page)
    address, officers = choice.address(request.path), _officers(visitor)
    sums = rows.behind_sums(found)
    return show(
        request,
        "ageing/templates/behind.html",
        visitor=visitor,
        choice=choice,
        title=rows.behind_title(choice, officers),
        as_of=figures.day(choice.as_of, visitor.today),
        up_url=Address(reverse("ageing"), {"as_of": choice.as_of.isoformat(), "by": choice.by}).having(),
        saved=saved(request, visitor, "behind"),
        sums=sums,
        is_mixed=len(sums) > 1,
        heads=_heads(choice, address, sums[0].currency if len(sums) == 1 else "", visitor),
        page=paging(rows.behind_rows(shown, choice, officers), found.height, number, address),
        exports=exports(address),
    )


def _offered(visitor: Visitor) -> tuple[str, ...]:
    """Who works on what is the house's own business: a creditor's people are not shown it."""
    return DIMENSIONS if visitor.is_staff else tuple(name for name in DIMENSIONS if name != "officer")


def _chosen(request: HttpRequest, visitor: Visitor) -> Choice:
    return chosen(request.GET, today=visitor.today, dimensions=_offered(visitor))


def _officers(visitor: Visitor) -> dict[str, str]:
    owners = people.owners(visitor.actor.organisation_id or 0)
    return dict(owners.select("code", "name").iter_rows())


def _heads(choice: Choice, address: Address, currency: str, visitor: Visitor) -> tuple[Head, ...]:
    columns = {
        "name": (_("Debtor"), False),
        "creditor": (_("Creditor"), False),
        "account": (_("Account"), False),
        **({"officer": (_("Officer"), False)} if visitor.is_staff else {}),
        "charges": (_("Charges"), True),
        "days": (_("Days late"), True),
        "amount": (_("Behind the figure"), True),
    }
    return address.heads(columns, choice.sort, {"amount": currency})
