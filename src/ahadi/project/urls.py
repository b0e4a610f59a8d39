"""Every address of the site."""

from django.urls import path, register_converter

from ahadi.api.health import health
from ahadi.web.frame import reference
from ahadi.web.frame.theme import theme
from ahadi.web.pages.accounts.views import account
from ahadi.web.pages.ageing.views import ageing, behind
from ahadi.web.pages.codes.views import code_list, codes
from ahadi.web.pages.contact.views import ask, begin, begin_planned, decision, decisions, outcome, queue
from ahadi.web.pages.days.views import days
from ahadi.web.pages.desk import fragments
from ahadi.web.pages.desk import views as desk
from ahadi.web.pages.door.views import sign_in, sign_out
from ahadi.web.pages.guidelines.views import guidelines
from ahadi.web.pages.known.views import care, end, learn, quiet, release
from ahadi.web.pages.policies.views import judge, policies, policy, write
from ahadi.web.pages.rules.views import rule, rules, sign_off
from ahadi.web.pages.worklist.views import absent, first, why, worklist

register_converter(reference.AccountReference, "account")
register_converter(reference.CircumstanceReference, "circumstance")
register_converter(reference.ContactReference, "contact")
register_converter(reference.DecisionReference, "decision")
register_converter(reference.HoldReference, "hold")
register_converter(reference.PlannedReference, "planned")
register_converter(reference.PolicyReference, "policy")

urlpatterns = [
    path("", first, name="first"),
    path("worklist/", worklist, name="worklist"),
    path("desk/", desk.desk, name="desk"),
    path("desk/next/", desk.take_next, name="desk-next"),
    path("desk/pause/", desk.pause, name="desk-pause"),
    path("desk/undo/", desk.undo, name="desk-undo"),
    path("desk/beat/", desk.beat, name="desk-beat"),
    path("desk/queue/", fragments.queue, name="desk-queue"),
    path("desk/shift/", desk.end_of_shift, name="desk-shift"),
    path("desk/keys/", desk.my_keys, name="desk-keys"),
    path("desk/<account:account>/", desk.desk_account, name="desk-account"),
    path("desk/<account:account>/call/", desk.call, name="desk-call"),
    path("desk/<account:account>/outcome/", desk.outcome, name="desk-outcome"),
    path("desk/<account:account>/bad-number/", desk.bad_number, name="desk-bad-number"),
    path("desk/<account:account>/draft/", desk.draft, name="desk-draft"),
    path("desk/<account:account>/moves/<slug:move>/", desk.move, name="desk-move"),
    path("desk/<account:account>/cards/<slug:card>/", fragments.card, name="desk-card"),
    path("desk/<account:account>/timeline/", fragments.history, name="desk-timeline"),
    path("desk/<account:account>/guidelines/", fragments.guidelines, name="desk-guidelines"),
    path("desk/<account:account>/news/", fragments.news, name="desk-news"),
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("theme/", theme, name="theme"),
    path("worklist/absent/", absent, name="absent"),
    path("worklist/<account:account>/why/", why, name="why"),
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
    path("accounts/<account:account>/holds/<hold:hold>/release/", release, name="release"),
    path("guidelines/", guidelines, name="guidelines"),
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
    path("api/health", health, name="health"),
]

handler403 = "ahadi.web.frame.errors.forbidden"
handler404 = "ahadi.web.frame.errors.not_found"
handler500 = "ahadi.web.frame.errors.broken"
