"""`ahadi serve`: the site and the API by granian over WSGI, and the server push in a process beside them."""

import argparse
import contextlib
import errno
import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal

from granian.constants import Interfaces
from granian.server import Server

HELP = "Serve the site and the API"
NEEDS: Literal["nothing", "database", "prepared"] = "prepared"

# Of one worker: as many pages are made at once. Each thread keeps one database connection, on which the statements of
# a page stay planned, and the embedded server admits a hundred.
_THREADS = 4
_THREAD_IDLE_SECONDS = 600
_WORKERS_MAX = 16
# Of one worker: granian's backpressure counts connections, and a browser keeps up to six of them open without a word.
_CONNECTIONS = 4096
# How long one thread computes before another has its turn, which waits that long after each answer of the database.
_TURN_SECONDS = 0.001


class UnableToListen(Exception):
    """The address asked for cannot be listened on."""

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and with how many processes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default %(default)s)")
    parser.add_argument(
        "--live-port", type=int, help="port of the server push (default: the one after --port; 0: none)"
    )
    parser.add_argument("--workers", type=int, help="processes (default: two for each processor)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted or terminated. Raises UnableToListen."""
    require_free(arguments.host, arguments.port)
    live = arguments.port + 1 if arguments.live_port is None else arguments.live_port
    if live:
        require_free(arguments.host, live)
    os.environ["AHADI_SITE_PORT"], os.environ["AHADI_LIVE_PORT"] = str(arguments.port), str(live) if live else ""
    # A page computes with a few rows at a time: more threads wait for one another longer than they compute.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    # A worker that is forked from a process whose threads have computed something waits for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    print(f"Ahadi is served on http://{arguments.host}:{arguments.port}/ (Ctrl-C stops it).", flush=True)
    with _pushing(arguments.host, live), _reading():
        Server(
            "ahadi.project.wsgi:application",
            address=arguments.host,
            port=arguments.port,
            interface=Interfaces.WSGI,
            workers=max(1, arguments.workers or min(_WORKERS_MAX, 2 * (os.cpu_count() or 1))),
            blocking_threads=_THREADS,
            blocking_threads_idle_timeout=_THREAD_IDLE_SECONDS,
            backpressure=_CONNECTIONS,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
        ).serve(target_loader=load_application)
    return 0


def push(host: str, port: int) -> None:
    """Serves the push until terminated: one process, whose one task listens to the database for every screen."""
    Server(
        "ahadi.project.live.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        backlog=2048,
        respawn_failed_workers=True,
        workers_kill_timeout=2,
    ).serve(target_loader=load_application)


@contextlib.contextmanager
def _pushing(host: str, port: int) -> Iterator[None]:
    """The push beside the site, for as long as that is served."""
    if not port:
        yield
        return
    beside = multiprocessing.Process(target=push, args=(host, port), name="ahadi-live")
    beside.start()
    try:
        yield
    finally:
        beside.terminate()
        beside.join(timeout=10)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """What people are found by is kept in step beside the site, and what is due by the clock is done."""
    stop = threading.Event()
    # By name: a worker that is spawned imports this module before the applications are loaded.
    along = {
        "ahadi-reading": import_module("ahadi.jobs.reading").read_along,
        "ahadi-turning": import_module("ahadi.jobs.turning").turn_along,
    }
    beside = [threading.Thread(target=one, args=(stop,), name=name, daemon=True) for name, one in along.items()]
    for one in beside:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in beside:
            one.join(timeout=10)


def load_application(target: str) -> Any:
    """Load the application in a worker, which from then on hears signals only from its parent.

    A worker that gets the terminal's Ctrl-C and then its parent's termination ignores both (granian 2.8).
    """
    os.setpgrp()
    sys.setswitchinterval(_TURN_SECONDS)
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def require_free(host: str, port: int) -> None:
    """Refuse an address that is taken, forbidden or not this machine's, before any worker is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise UnableToListen(_refusal(host, port, error)) from error


def _refusal(host: str, port: int, error: Exception) -> str:
    reasons = {
        errno.EADDRINUSE: "another program listens there. End it, or choose another with --port",
        errno.EACCES: "ports below 1024 are for root. Choose another with --port, and put a proxy in front",
        errno.EADDRNOTAVAIL: "this machine has no such address. Use 127.0.0.1, or 0.0.0.0 for all",
    }
    number = error.errno if isinstance(error, OSError) else None
    reason = reasons.get(number or 0, f"{error}. Choose another with --host and --port")
    return f"Ahadi cannot listen on {host}:{port}: {reason}."
