"""A process that has everything loaded: it forks children that begin at once and may be killed."""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from django.conf import settings

from ahadi.project.database_url import point_connections

from .night_work import close_nights, mark_nights_first
from .server_work import close_days, place_files, take_receipts
from .telling import Line

WORKS: dict[str, Callable[[dict[str, Any], Line], None]] = {
    work.__name__: work for work in (close_nights, mark_nights_first, close_days, place_files, take_receipts)
}


def main() -> None:
    """Forks a child for each line of its input, which is an order; ends with its input."""
    settings.SNAPSHOT_FOLDER = os.environ["AHADI_SNAPSHOTS"]
    # Nobody waits for the keepers, so the system buries them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for order in sys.stdin:
        if os.fork() == 0:
            _keep(json.loads(order))


def _keep(order: dict[str, Any]) -> None:
    """Forks the child and says what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(order["socket"])
        line = Line(link)
        child = os.fork()
        if child == 0:
            _work(order, line)
        _, status = os.waitpid(child, 0)
        line.tell(f"ended {os.waitstatus_to_exitcode(status)}")
    os._exit(0)


def _work(order: dict[str, Any], line: Line) -> None:
    code = 1
    try:
        line.tell(f"began {os.getpid()}")
        point_connections(app_url=order["app_url"], owner_url=order["owner_url"], max_age=None)
        WORKS[order["work"]](order, line)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
