"""Every address of the site."""

from django.urls import path, register_converter

from ahadi.api.health import health
from ahadi.web.frame.reference import AccountReference
from ahadi.web.frame.theme import theme
from ahadi.web.pages.accounts.views import account
from ahadi.web.pages.ageing.views import ageing, behind
from ahadi.web.pages.door.views import sign_in, sign_out
from ahadi.web.pages.worklist.views import absent, why, worklist

register_converter(AccountReference, "account")

urlpatterns = [
    path("", worklist, name="worklist"),
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("theme/", theme, name="theme"),
    path("worklist/absent/", absent, name="absent"),
    path("worklist/<account:account>/why/", why, name="why"),
    path("ageing/", ageing, name="ageing"),
    path("ageing/accounts/", behind, name="behind"),
    path("accounts/<account:account>/", account, name="account"),
    path("api/health", health, name="health"),
]

handler403 = "ahadi.web.frame.errors.forbidden"
handler404 = "ahadi.web.frame.errors.not_found"
handler500 = "ahadi.web.frame.errors.broken"
