"""Database URLs: read by libpq's rules, and never repeated in a refusal."""

from pathlib import Path

import pytest

from ahadi.project.cluster import Address
from ahadi.project.database_url import UnableToReadDatabaseUrl, connection_settings


def test_url_over_tcp_is_taken_apart() -> None:
    found = connection_settings("postgresql://asha:s%40fe@db.example:6543/book?sslmode=require", variable="X")
    assert (found["HOST"], found["PORT"], found["USER"]) == ("db.example", "6543", "asha")
    assert (found["PASSWORD"], found["NAME"]) == ("s@fe", "book")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["CONN_HEALTH_CHECKS"]


def test_socket_folder_in_the_query_is_the_host() -> None:
    found = connection_settings("postgresql://app:x@/ahadi?host=/var/lib/a%20b&port=5433", variable="X")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("/var/lib/a b", "5433", "ahadi")


def test_missing_url_names_the_variable_when_it_is_used() -> None:
    assert "AHADI_DATABASE_URL-is-not-set" in connection_settings("", variable="AHADI_DATABASE_URL")["HOST"]


@pytest.mark.parametrize("url", ["mysql://a:secret@h/b", "host=h password=secret", "postgresql://a:secret@h:1:2/%zz"])
def test_url_of_another_kind_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UnableToReadDatabaseUrl, match="AHADI_DATABASE_URL is not a PostgreSQL URL") as refusal:
        connection_settings(url, variable="AHADI_DATABASE_URL")
    assert "secret" not in str(refusal.value)


def test_address_of_the_embedded_server_reads_back_the_same() -> None:
    url = Address(folder=Path("/srv/it's 100%"), port=5432).url(role="r:@/", password="p/?#", database="ah adi")
    found = connection_settings(url, variable="X")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("r:@/", "p/?#", "ah adi")
    assert (found["HOST"], found["PORT"]) == ("/srv/it's 100%", "5432")
