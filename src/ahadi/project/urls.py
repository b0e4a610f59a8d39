"""Every address of the site."""

from allauth.socialaccount.providers.openid_connect import views as provider
from django.urls import path, re_path, register_converter

from ahadi.api.health import health
from ahadi.web.frame import reference
from ahadi.web.frame.admission import admits_anybody, admits_oneself
from ahadi.web.frame.languages import language
from ahadi.web.frame.theme import theme
from ahadi.web.pages.accounts.views import account
from ahadi.web.pages.ageing.views import ageing, behind
from ahadi.web.pages.approvals.together import approvals_together
from ahadi.web.pages.approvals.views import approval, approvals
from ahadi.web.pages.board import beside
from ahadi.web.pages.board import views as floor
from ahadi.web.pages.board.caps import board_caps
from ahadi.web.pages.cases import adjusting, card
from ahadi.web.pages.cases import views as cases
from ahadi.web.pages.codes.views import code_list, codes
from ahadi.web.pages.contact.views import ask, begin, begin_planned, decision, decisions, outcome, queue
from ahadi.web.pages.days.views import days
from ahadi.web.pages.desk import ahead, fragments
from ahadi.web.pages.desk import beside as at_desk
from ahadi.web.pages.desk import views as desk
from ahadi.web.pages.door import views as door
from ahadi.web.pages.filing import views as filing
from ahadi.web.pages.guidelines.views import guidelines
from ahadi.web.pages.known.views import care, end, learn, quiet, release
from ahadi.web.pages.locating import duplicates
from ahadi.web.pages.locating import views as locating
from ahadi.web.pages.negotiation import views as negotiation
from ahadi.web.pages.own import views as own
from ahadi.web.pages.people import views as staff
from ahadi.web.pages.plans import views as weeks
from ahadi.web.pages.policies.views import judge, policies, policy, write
from ahadi.web.pages.promises.views import promises
from ahadi.web.pages.proofs import views as proofs
from ahadi.web.pages.reasons.views import reasons
from ahadi.web.pages.rules.views import rule, rules, sign_off
from ahadi.web.pages.saved.views import keep as keep_view
from ahadi.web.pages.search.views import search
from ahadi.web.pages.worklist.views import absent, first, why, worklist

register_converter(reference.AccountReference, "account")
register_converter(reference.ApprovalReference, "approval")
register_converter(reference.AdjustmentReference, "adjustment")
register_converter(reference.CaseReference, "case")
register_converter(reference.CircumstanceReference, "circumstance")
register_converter(reference.ContactReference, "contact")
register_converter(reference.DecisionReference, "decision")
register_converter(reference.DocumentReference, "document")
register_converter(reference.HoldReference, "hold")
register_converter(reference.MandateReference, "mandate")
register_converter(reference.PersonReference, "colleague")
register_converter(reference.PlannedReference, "planned")
register_converter(reference.PolicyReference, "policy")
register_converter(reference.PointReference, "point")
register_converter(reference.ProofReference, "proof")
register_converter(reference.ProposalReference, "proposal")
register_converter(reference.TeamReference, "team")
register_converter(reference.TellingReference, "telling")
register_converter(reference.WhoseReference, "whose")

urlpatterns = [
    path("", first, name="first"),
    path("worklist/", worklist, name="worklist"),
    path("desk/", desk.desk, name="desk"),
    path("desk/next/", desk.take_next, name="desk-next"),
    path("desk/pause/", desk.pause, name="desk-pause"),
    path("desk/undo/", desk.undo, name="desk-undo"),
    path("desk/beat/", desk.beat, name="desk-beat"),
    path("desk/ahead/", ahead.ahead, name="desk-ahead"),
    path("desk/queue/", fragments.queue, name="desk-queue"),
    path("desk/beside/", at_desk.beside_me, name="desk-beside"),
    path("desk/heard/", at_desk.heard, name="desk-heard"),
    path("desk/find/", fragments.find, name="desk-find"),
    path("desk/shift/", desk.end_of_shift, name="desk-shift"),
    path("desk/keys/", desk.my_keys, name="desk-keys"),
    path("desk/<account:account>/", desk.desk_account, name="desk-account"),
    path("desk/<account:account>/receive/", desk.receive, name="desk-receive"),
    path("desk/<account:account>/call/", desk.call, name="desk-call"),
    path("desk/<account:account>/outcome/", desk.outcome, name="desk-outcome"),
    path("desk/<account:account>/bad-number/", desk.bad_number, name="desk-bad-number"),
    path("desk/<account:account>/take-back/<telling:telling>/", desk.take_back, name="desk-take-back"),
    path("desk/<account:account>/draft/", desk.draft, name="desk-draft"),
    path("desk/<account:account>/moves/<slug:move>/", desk.move, name="desk-move"),
    path("desk/<account:account>/cards/<slug:card>/", fragments.card, name="desk-card"),
    path("desk/<account:account>/likely/", fragments.likely, name="desk-likely"),
    path("desk/<account:account>/timeline/", fragments.history, name="desk-timeline"),
    path("desk/<account:account>/guidelines/", fragments.guidelines, name="desk-guidelines"),
    path("desk/<account:account>/sheet/", fragments.sheet, name="desk-sheet"),
    path("desk/<account:account>/news/", fragments.news, name="desk-news"),
    path("board/", floor.board, name="board"),
    path("board/wall/", floor.wall, name="wall"),
    path("board/parts/<slug:part>/", floor.part, name="board-part"),
    path("board/people/<colleague:person>/", floor.officer, name="board-person"),
    path("board/people/<colleague:person>/desk/", beside.officer_desk, name="board-desk"),
    path("board/people/<colleague:person>/desk/<slug:how>/", beside.stand_beside, name="board-beside"),
    path("board/move/", floor.move, name="board-move"),
    path("board/undo/", floor.undo, name="board-undo"),
    path("board/look/", floor.look, name="board-look"),
    path("board/caps/", board_caps, name="board-caps"),
    path("board/accounts/", floor.behind, name="board-accounts"),
    path("views/", keep_view, name="keep-view"),
    path("plans/", weeks.plans, name="plans"),
    path("plans/<slug:what>/", weeks.keep, name="keep-plan"),
    # Names with an underscore are those by which the library that signs people in asks for its pages.
    path("sign-in/", admits_anybody(door.sign_in), name="account_login"),
    path("sign-in/second/", admits_anybody(door.second_factor), name="mfa_authenticate"),
    path("sign-in/passkey/", admits_anybody(door.passkey_in), name="mfa_login_webauthn"),
    path("sign-in/with/<slug:provider_id>/", admits_anybody(provider.login), name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", admits_anybody(provider.callback), name="openid_connect_callback"),
    path("sign-out/", admits_anybody(door.sign_out), name="sign-out"),
    path("unlock/", admits_anybody(door.unlock), name="unlock"),
    path("unlock/passkey/", admits_anybody(door.unlock_passkey), name="unlock-passkey"),
    path("here/", admits_anybody(door.here), name="here"),
    path("password/forgotten/", admits_anybody(door.forgotten), name="account_reset_password"),
    path("password/forgotten/mailed/", admits_anybody(door.forgotten_done), name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        admits_anybody(door.new_password),
        name="account_reset_password_from_key",
    ),
    path("password/kept/", admits_anybody(door.new_password_done), name="account_reset_password_from_key_done"),
    path("me/", admits_oneself(own.ways), name="mfa_index"),
    path("me/password/", admits_oneself(own.password), name="account_change_password"),
    path("me/password/first/", admits_oneself(own.first_password), name="account_set_password"),
    path("me/app/", admits_oneself(own.app), name="mfa_activate_totp"),
    path("me/app/away/", admits_oneself(own.app_away), name="mfa_deactivate_totp"),
    path("me/codes/", admits_oneself(own.recovery_codes), name="mfa_view_recovery_codes"),
    path("me/codes/new/", admits_oneself(own.new_codes), name="mfa_generate_recovery_codes"),
    path("me/passkeys/new/", admits_oneself(own.new_passkey), name="mfa_add_webauthn"),
    path("me/passkeys/<int:pk>/away/", admits_oneself(own.passkey_away), name="mfa_remove_webauthn"),
    path("me/again/", admits_oneself(own.again), name="account_reauthenticate"),
    path("me/again/code/", admits_oneself(own.code_again), name="mfa_reauthenticate"),
    path("me/again/passkey/", admits_oneself(own.passkey_again), name="mfa_reauthenticate_webauthn"),
    path("me/sessions/", admits_oneself(own.open_sessions), name="sessions"),
    path("me/access/", admits_oneself(own.own_access), name="own-access"),
    path("me/language/", admits_oneself(own.own_language), name="own-language"),
    path("people/", staff.people, name="people"),
    path("people/new/", staff.join, name="join"),
    path("people/<colleague:person>/", staff.person, name="person"),
    path("people/<colleague:person>/move/", staff.move, name="move"),
    path("people/<colleague:person>/leave/", staff.leave, name="leave"),
    path("people/<colleague:person>/link/", staff.give_link, name="give-link"),
    path("people/<colleague:person>/factors/", staff.take_factors, name="take-factors"),
    path("teams/", staff.teams, name="teams"),
    path("teams/<team:team>/", staff.team, name="team"),
    path("theme/", admits_anybody(theme), name="theme"),
    path("language/", admits_anybody(language), name="language"),
    path("worklist/absent/", absent, name="absent"),
    path("worklist/<account:account>/why/", why, name="why"),
    path("search/", search, name="search"),
    path("ageing/", ageing, name="ageing"),
    path("ageing/accounts/", behind, name="behind"),
    path("accounts/<account:account>/", account, name="account"),
    path("accounts/<account:account>/contact/", ask, name="contact"),
    path("accounts/<account:account>/contact/begin/", begin, name="begin"),
    path("accounts/<account:account>/contact/queue/", queue, name="queue"),
    path("accounts/<account:account>/contact/<contact:contact>/", outcome, name="outcome"),
    path("accounts/<account:account>/planned/<planned:planned>/begin/", begin_planned, name="begin-planned"),
    path("accounts/<account:account>/decisions/", decisions, name="decisions"),
    path("accounts/<account:account>/decisions/<decision:decision>/", decision, name="decision"),
    path("accounts/<account:account>/known/", learn, name="learn"),
    path("accounts/<account:account>/known/week/", quiet, name="quiet"),
    path("accounts/<account:account>/known/<circumstance:circumstance>/end/", end, name="end"),
    path("accounts/<account:account>/known/<circumstance:circumstance>/care/", care, name="care"),
    path("accounts/<account:account>/told/", locating.tell, name="tell"),
    path("accounts/<account:account>/told/card/", locating.tell_card, name="tell-card"),
    path("accounts/<account:account>/details/", locating.details, name="details"),
    path("accounts/<account:account>/details/<point:point>/", locating.point, name="point"),
    path("accounts/<account:account>/details/<point:point>/wrong/", locating.disown, name="disown"),
    path("accounts/<account:account>/details/back/<telling:telling>/", locating.back, name="take-back"),
    path("accounts/<account:account>/related/", locating.relate, name="relate"),
    path("accounts/<account:account>/related/<whose:whose>/end/", locating.end_relation, name="end-relation"),
    path("accounts/<account:account>/duplicates/", duplicates.look, name="look-for-duplicates"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<proposal:proposal>/", duplicates.duplicate, name="duplicate"),
    path("accounts/<account:account>/holds/new/", cases.place, name="place-hold"),
    path("accounts/<account:account>/holds/<hold:hold>/release/", release, name="release"),
    path("guidelines/", guidelines, name="guidelines"),
    path("accounts/<account:account>/offers/", negotiation.offers, name="offers"),
    path("accounts/<account:account>/ladder/", negotiation.ladder_card, name="ladder-card"),
    path("accounts/<account:account>/means/", negotiation.means, name="means"),
    path("promises/", promises, name="promises"),
    path("reasons/", reasons, name="reasons"),
    path("approvals/together/", approvals_together, name="approvals-together"),
    path("approvals/", approvals, name="approvals"),
    path("approvals/<approval:approval>/", approval, name="approval"),
    path("mandates/", negotiation.mandates, name="mandates"),
    path("mandates/new/", negotiation.write_mandate, name="write-mandate"),
    path("mandates/<mandate:mandate>/", negotiation.mandate, name="mandate"),
    path("mandates/<mandate:mandate>/verdict/", negotiation.judge_mandate, name="judge-mandate"),
    path("accounts/<account:account>/dispute/", card.case_card, {"kind": "dispute"}, name="dispute-card"),
    path("accounts/<account:account>/complaint/", card.case_card, {"kind": "complaint"}, name="complaint-card"),
    path("accounts/<account:account>/hardship/", card.case_card, {"kind": "hardship"}, name="hardship-card"),
    path("accounts/<account:account>/proof/", proofs.proof_card, name="proof-card"),
    path("accounts/<account:account>/cases/new/", cases.raise_case, name="raise-case"),
    path("accounts/<account:account>/papers/", filing.papers, name="papers"),
    path("accounts/<account:account>/papers/note/", filing.note, name="note"),
    path("accounts/<account:account>/papers/document/", filing.document, name="document"),
    path("accounts/<account:account>/proofs/new/", proofs.claim, name="claim"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<case:case>/", cases.case, name="case"),
    path("adjustments/<adjustment:adjustment>/", adjusting.adjustment, name="adjustment"),
    path("adjustments/<adjustment:adjustment>/verdict/", adjusting.judge, name="judge-adjustment"),
    path("documents/<document:document>/open/", filing.give_out, name="open-document"),
    path("documents/<document:document>/cover/", filing.cover, name="cover-document"),
    path("documents/<document:document>/uncover/", filing.uncover, name="uncover-document"),
    path("papers/", filing.sought, name="papers-search"),
    path("proofs/", proofs.proofs, name="proofs"),
    path("proofs/<proof:proof>/verdict/", proofs.judge, name="judge-proof"),
    path("rules/", rules, name="rules"),
    path("rules/<str:rule>/", rule, name="rule"),
    path("rules/<str:rule>/sign-off/", sign_off, name="sign-off"),
    path("policies/", policies, name="policies"),
    path("policies/new/", write, name="write-policy"),
    path("policies/<policy:policy>/", policy, name="policy"),
    path("policies/<policy:policy>/verdict/", judge, name="judge-policy"),
    path("days/", days, name="days"),
    path("codes/", codes, name="codes"),
    path("codes/<slug:name>/", code_list, name="code-list"),
    path("api/health", admits_anybody(health), name="health"),
]

handler403 = "ahadi.web.frame.errors.forbidden"
handler404 = "ahadi.web.frame.errors.not_found"
handler429 = "ahadi.web.frame.errors.too_many"
handler500 = "ahadi.web.frame.errors.broken"
