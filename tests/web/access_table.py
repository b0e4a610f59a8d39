"""Who may do what at every address: the one table that a new address must be written into.

A line is: route | GET | POST. A cell names who gets in, in words of `WHO`; a dash means that the method is not
served (405). Whoever is not named is refused: 403 with a session, and the door (302) without one.
"""

from dataclasses import dataclass

from ahadi.data.models.grant import ROLES

_ALL = frozenset(ROLES)
_STAFF = _ALL - {"creditor"}
_CALLERS = frozenset(("officer", "field", "supervisor", "manager", "legal"))

# A word of the table -> the roles it stands for. `anybody` needs no session; `oneself` needs one, and no role.
WHO: dict[str, frozenset[str]] = {
    "anybody": _ALL,
    "oneself": _ALL,
    "all": _ALL,
    "staff": _STAFF,
    "callers": _CALLERS,
    "overseers": frozenset(("supervisor", "manager")),
    "judges": frozenset(("supervisor", "manager", "admin")),
    "deciders": frozenset(("manager", "admin")),
    "books": frozenset(("accountant", "manager")),
    "admin": frozenset(("admin",)),
}

TABLE = """
                                                                     | GET      | POST
(first page)                                                         | all      | -
worklist/                                                            | all      | -
desk/                                                                | callers  | -
desk/next/                                                           | -        | callers
desk/pause/                                                          | -        | callers
desk/undo/                                                           | -        | callers
desk/ahead/                                                          | -        | callers
desk/beat/                                                           | -        | callers
desk/queue/                                                          | callers  | -
desk/beside/                                                         | callers  | -
desk/heard/                                                          | -        | callers
desk/find/                                                           | callers  | -
desk/shift/                                                          | callers  | -
desk/keys/                                                           | callers  | callers
desk/<account:account>/                                              | callers  | -
desk/<account:account>/receive/                                      | -        | callers
desk/<account:account>/call/                                         | -        | callers
desk/<account:account>/outcome/                                      | -        | callers
desk/<account:account>/bad-number/                                   | -        | callers
desk/<account:account>/take-back/<telling:telling>/                  | -        | callers
desk/<account:account>/draft/                                        | -        | callers
desk/<account:account>/moves/<slug:move>/                            | -        | callers
desk/<account:account>/cards/<slug:card>/                            | callers  | -
desk/<account:account>/likely/                                       | callers  | -
desk/<account:account>/timeline/                                     | callers  | -
desk/<account:account>/guidelines/                                   | callers  | -
desk/<account:account>/news/                                         | callers  | -
desk/<account:account>/sheet/                                        | callers  | -
board/                                                               | overseers | -
board/wall/                                                          | overseers | -
board/parts/<slug:part>/                                             | overseers | -
board/people/<colleague:person>/                                     | overseers | -
board/people/<colleague:person>/desk/                                | overseers | -
board/people/<colleague:person>/desk/<slug:how>/                     | -        | overseers
board/move/                                                          | overseers | overseers
board/undo/                                                          | -        | overseers
board/look/                                                          | -        | overseers
board/caps/                                                          | overseers | -
board/accounts/                                                      | overseers | -
views/                                                               | -        | all
plans/                                                               | overseers | -
plans/<slug:what>/                                                   | -        | overseers
sign-in/                                                             | anybody  | anybody
sign-in/second/                                                      | anybody  | anybody
sign-in/passkey/                                                     | anybody  | anybody
sign-in/with/<slug:provider_id>/                                     | anybody  | anybody
sign-in/with/<slug:provider_id>/back/                                | anybody  | anybody
sign-out/                                                            | -        | anybody
unlock/                                                              | anybody  | anybody
unlock/passkey/                                                      | anybody  | -
here/                                                                | anybody  | anybody
password/forgotten/                                                  | anybody  | anybody
password/forgotten/mailed/                                           | anybody  | -
^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$              | anybody  | anybody
password/kept/                                                       | anybody  | -
me/                                                                  | oneself  | -
me/password/                                                         | oneself  | oneself
me/password/first/                                                   | oneself  | oneself
me/app/                                                              | oneself  | oneself
me/app/away/                                                         | oneself  | oneself
me/codes/                                                            | oneself  | -
me/codes/new/                                                        | oneself  | oneself
me/passkeys/new/                                                     | oneself  | oneself
me/passkeys/<int:pk>/away/                                           | oneself  | oneself
me/again/                                                            | oneself  | oneself
me/again/code/                                                       | oneself  | oneself
me/again/passkey/                                                    | oneself  | oneself
me/sessions/                                                         | oneself  | oneself
me/access/                                                           | oneself  | -
me/language/                                                         | oneself  | oneself
people/                                                              | admin    | -
people/new/                                                          | admin    | admin
people/<colleague:person>/                                           | admin    | -
people/<colleague:person>/move/                                      | admin    | admin
people/<colleague:person>/leave/                                     | admin    | admin
people/<colleague:person>/link/                                      | -        | admin
people/<colleague:person>/factors/                                   | -        | admin
teams/                                                               | admin    | admin
teams/<team:team>/                                                   | admin    | admin
theme/                                                               | -        | anybody
language/                                                            | -        | anybody
worklist/absent/                                                     | staff    | -
worklist/<account:account>/why/                                      | staff    | -
search/                                                              | staff    | -
ageing/                                                              | all      | -
ageing/accounts/                                                     | all      | -
accounts/<account:account>/                                          | all      | -
accounts/<account:account>/contact/                                  | staff    | -
accounts/<account:account>/contact/begin/                            | -        | callers
accounts/<account:account>/contact/queue/                            | -        | callers
accounts/<account:account>/contact/<contact:contact>/                | callers  | callers
accounts/<account:account>/planned/<planned:planned>/begin/          | -        | callers
accounts/<account:account>/decisions/                                | staff    | -
accounts/<account:account>/decisions/<decision:decision>/            | staff    | -
accounts/<account:account>/told/                                     | callers  | callers
accounts/<account:account>/told/card/                                | callers  | callers
accounts/<account:account>/duplicates/                               | -        | callers
duplicates/                                                          | judges   | -
duplicates/<proposal:proposal>/                                      | judges   | judges
accounts/<account:account>/details/                                  | staff    | -
accounts/<account:account>/details/<point:point>/                    | staff    | -
accounts/<account:account>/details/<point:point>/wrong/              | callers  | callers
accounts/<account:account>/details/back/<telling:telling>/           | -        | callers
accounts/<account:account>/related/                                  | callers  | callers
accounts/<account:account>/related/<whose:whose>/end/                | callers  | callers
accounts/<account:account>/known/                                    | callers  | callers
accounts/<account:account>/known/week/                               | callers  | callers
accounts/<account:account>/known/<circumstance:circumstance>/end/    | callers  | callers
accounts/<account:account>/known/<circumstance:circumstance>/care/   | callers  | callers
accounts/<account:account>/holds/new/                                | callers  | callers
accounts/<account:account>/holds/<hold:hold>/release/                | callers  | callers
guidelines/                                                          | staff    | staff
accounts/<account:account>/offers/                                   | callers  | callers
accounts/<account:account>/ladder/                                   | callers  | -
accounts/<account:account>/means/                                    | -        | callers
promises/                                                            | staff    | -
reasons/                                                             | staff    | -
approvals/together/                                                  | all      | all
approvals/                                                           | all      | -
approvals/<approval:approval>/                                       | all      | all
mandates/                                                            | staff    | -
mandates/new/                                                        | deciders | deciders
mandates/<mandate:mandate>/                                          | staff    | -
mandates/<mandate:mandate>/verdict/                                  | -        | deciders
accounts/<account:account>/dispute/                                  | callers  | callers
accounts/<account:account>/complaint/                                | callers  | callers
accounts/<account:account>/hardship/                                 | callers  | callers
accounts/<account:account>/proof/                                    | callers  | callers
accounts/<account:account>/cases/new/                                | callers  | callers
accounts/<account:account>/papers/                                   | staff    | -
accounts/<account:account>/papers/note/                              | -        | staff
accounts/<account:account>/papers/document/                          | -        | staff
accounts/<account:account>/proofs/new/                               | staff    | staff
cases/                                                               | staff    | -
cases/<case:case>/                                                   | staff    | staff
adjustments/<adjustment:adjustment>/                                 | staff    | -
adjustments/<adjustment:adjustment>/verdict/                         | -        | staff
documents/<document:document>/open/                                  | -        | staff
documents/<document:document>/cover/                                 | -        | staff
documents/<document:document>/uncover/                               | -        | staff
papers/                                                              | staff    | -
proofs/                                                              | staff    | -
proofs/<proof:proof>/verdict/                                        | -        | books
rules/                                                               | staff    | -
rules/<str:rule>/                                                    | staff    | -
rules/<str:rule>/sign-off/                                           | -        | admin
policies/                                                            | staff    | -
policies/new/                                                        | deciders | deciders
policies/<policy:policy>/                                            | staff    | -
policies/<policy:policy>/verdict/                                    | -        | deciders
days/                                                                | staff    | staff
codes/                                                               | staff    | -
codes/<slug:name>/                                                   | staff    | staff
api/health                                                           | anybody  | -
"""


@dataclass(frozen=True)
class Line:
    """One address: who gets in by each method; None where the method is not served."""

    route: str
    get: str | None
    post: str | None

    def cell(self, method: str) -> str | None:
        """Who gets in by this method."""
        return self.get if method == "GET" else self.post

    @property
    def is_about_an_account(self) -> bool:
        """Whether what is behind it belongs to a creditor's account."""
        kinds = ("account", "approval", "case", "adjustment", "document")
        return any(f"<{kind}:{kind}>" in self.route for kind in kinds)


def lines(table: str = TABLE) -> dict[str, Line]:
    """The table by route."""
    found = {}
    for text in table.strip("\n").splitlines()[1:]:
        # The last two bars divide; a route may have bars of its own.
        route, get, post = (part.strip() for part in text.rsplit("|", 2))
        route = "" if route == "(first page)" else route
        found[route] = Line(route, None if get == "-" else get, None if post == "-" else post)
    return found
