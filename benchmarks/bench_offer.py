"""How long an account's offers take: read from the book, enumerated, valued, three chosen.

Run against a prepared book, for instance that of `ahadi demo`: `python benchmarks/bench_offer.py [--accounts 200]`.
"""

import argparse
import os
import statistics
import time
from collections.abc import Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
django.setup()

from ahadi.data import frames  # noqa: E402
from ahadi.domain.audit.ports import OPERATOR  # noqa: E402
from ahadi.domain.negotiation import queries  # noqa: E402
from ahadi.domain.people.queries import houses  # noqa: E402


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints one line a part."""
    parser = argparse.ArgumentParser(description="Measure the offers of accounts.")
    parser.add_argument("--accounts", type=int, default=200, help="how many accounts (default %(default)s)")
    arguments = parser.parse_args(words)
    measure(arguments.accounts)
    return 0


def measure(count: int) -> None:
    """Times `table` and `ladder` apart, each once an account: time of this process, whatever else the machine does."""
    asked = frames.rows(
        "SELECT account_id, organisation_id FROM account_state WHERE status = 'open' AND overdue_minor > 0"
        " ORDER BY md5(account_id::text) LIMIT %(count)s",
        {"count": count},
    )
    today = {house.id: house.today for house in houses()}
    read, made = [], []
    for account, organisation in asked:
        begun = time.process_time()
        known = queries.table(by=OPERATOR, account_id=account, as_of=today[organisation])
        ready = time.process_time()
        queries.ladder(known)
        read.append((ready - begun) * 1000)
        made.append((time.process_time() - ready) * 1000)
    for name, times in (("read from the book", read), ("enumerated, valued, chosen", made)):
        cuts = statistics.quantiles(times, n=20)
        print(f"{name}: median {statistics.median(times):.1f} ms, p95 {cuts[18]:.1f} ms of {len(times)} accounts")


if __name__ == "__main__":
    raise SystemExit(main())
