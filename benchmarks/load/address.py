"""Tells where the server of a home is, as the variables that every client of PostgreSQL reads, and keeps it up.

The address is one line of JSON; the server stays until the standard input ends.
"""

import json
import os
import sys

from psycopg.conninfo import conninfo_to_dict

from ahadi.project import cli


def main() -> None:
    """Start or join the server, tell, wait."""
    cli._set_up_django()
    cli._installation().reach()
    told = conninfo_to_dict(os.environ["AHADI_OWNER_DATABASE_URL"])
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    print(json.dumps({name: str(told[key]) for name, key in names.items() if told.get(key)}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
