"""Tells where the server of a home is, as the variables that clients of PostgreSQL read, and keeps it up.

The address is one line of JSON, with the server's process id; the server stays until the standard input ends.
"""

import json
import os
import sys

from psycopg.conninfo import conninfo_to_dict

from ahadi.project import cli
from ahadi.project.home import locate_home


def main() -> None:
    """Start or join the server, tell, wait."""
    cli._set_up_django()
    cli._installation().reach()
    told = conninfo_to_dict(os.environ["AHADI_OWNER_DATABASE_URL"])
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    address = {name: str(told[key]) for name, key in names.items() if told.get(key)}
    server = (locate_home() / "postgres" / "postmaster.pid").read_text("utf-8").splitlines()[0]
    print(json.dumps({**address, "SERVER": server}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
