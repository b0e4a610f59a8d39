"""The fixtures every other test stands on: the app role by default, real commits where asked for."""

import urllib.request
from threading import Thread
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from ahadi.web.frame.admission import admits_anybody


def _user(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def _write_session() -> None:
    Session.objects.create(session_key="kept", session_data="", expire_date=timezone.now())


@pytest.mark.django_db(databases=["default", "owner"])
def test_tests_run_as_the_application_role_and_the_owner_is_another() -> None:
    assert _user("default") != _user("owner")


@pytest.mark.django_db
def test_application_role_may_not_truncate_a_table() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("TRUNCATE receipt")


def test_committed_book_shows_one_connection_what_another_committed(committed_book: Any) -> None:
    def write_and_hang_up() -> None:
        _write_session()
        connections.close_all()

    thread = Thread(target=write_and_hang_up)
    thread.start()
    thread.join()
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_next_test_finds_nothing_of_what_a_committed_book_held() -> None:
    assert Session.objects.count() == 0


def test_each_committed_book_is_new(committed_book: Any) -> None:
    assert Session.objects.count() == 0
    assert committed_book.app_url != committed_book.owner_url


def _show_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{_user('default')} {Session.objects.count()}")


urlpatterns = [path("who/", admits_anybody(_show_user))]


def test_running_site_works_on_the_committed_book_as_the_application_role(running_site: str, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    _write_session()
    with urllib.request.urlopen(f"{running_site}/who/", timeout=10) as answer:
        assert answer.read().decode() == f"{_user('default')} 1"


def test_database_is_closed_to_tests_that_do_not_ask_for_it() -> None:
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        _user("default")
