"""Whether the site can do its work."""

from datetime import date

import pytest
from django.db import OperationalError
from django.test import Client

from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.people import queries
from ahadi.domain.people.operations import OrganisationTerms, open_organisation
from ahadi.jobs import closing


def opened(code: str) -> int:
    return open_organisation(by=OPERATOR, terms=OrganisationTerms(code, code.capitalize(), "KE", "KES"))


def close_everything(day: date) -> None:
    for house in queries.houses():
        closing.close(house, day=day, tell=lambda _progress: None)


def test_a_site_that_can_work_says_version_and_last_close(db: None) -> None:
    opened("kisima")
    assert Client().get("/api/health").json() == {"status": "ok", "version": "0.1.0", "last_closed": None}
    close_everything(date(2026, 1, 5))
    answer = Client().get("/api/health")
    assert answer.status_code == 200 and answer.json()["last_closed"] == "2026-01-05"
    assert "no-store" in answer["Cache-Control"]


def test_one_organisation_that_has_not_closed_holds_the_day_back(db: None) -> None:
    opened("kisima")
    close_everything(date(2026, 1, 5))
    opened("elsewhere")
    assert Client().get("/api/health").json()["last_closed"] is None


def test_without_a_database_the_answer_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> list[queries.House]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(queries, "houses", unreachable)
    answer = Client().get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "no database")


def test_health_is_asked_and_never_told(db: None) -> None:
    assert Client().post("/api/health").status_code == 405
