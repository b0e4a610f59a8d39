"""One account on any day."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.people import queries as people
from ahadi.domain.reporting import queries
from ahadi.web.frame import figures
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.listing import page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.accounts import rows
from ahadi.web.pages.accounts.forms import chosen
