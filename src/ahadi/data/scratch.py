"""Django's cache in a table: what every process of the site must count together, without a further server.

Keys are kept as keyed digests and values as JSON: no key names anybody, and reading one runs nothing, as
unpickling would. A value may be the page of a debtor that a desk had made ahead, for some minutes. Adding a key
that is there already is decided by the database in one statement, so that two processes never both succeed. The
framework's own backend counts all rows at every write and drops a third of them, live ones too, when there are
many: whoever tries many logins would make it forget the failures.
"""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from ahadi.data import frames

_LIVE = "(expires_at IS NULL OR expires_at > clock_timestamp())"
_ENDS = "clock_timestamp() + make_interval(secs => %(seconds)s::float8)"
# One write in so many also sweeps what has expired.
_SWEEP_EVERY = 64


class TableCache(BaseCache):
    """Values that all processes share until they expire, by the database's clock."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._writes = 0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default` where there is none or it has expired."""
        found = frames.scalar(f"SELECT value FROM scratch WHERE key = %(key)s AND {_LIVE}", self._bound(key, version))
        return default if found is None else json.loads(found)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keeps the value unless there is one already; whether it did."""
        self._sweep()
        done = frames.scalar(
            f"INSERT INTO scratch (key, value, expires_at) VALUES (%(key)s, %(value)s, {_ENDS})"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"
            " WHERE scratch.expires_at <= clock_timestamp() RETURNING 1",
            self._bound(key, version, value=value, timeout=timeout),
        )
        return done is not None

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keeps the value, in place of any other."""
        self._sweep()
        frames.scalar(
            f"INSERT INTO scratch (key, value, expires_at) VALUES (%(key)s, %(value)s, {_ENDS})"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at RETURNING 1",
            self._bound(key, version, value=value, timeout=timeout),
        )

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keeps a value longer; whether there was one."""
        done = frames.scalar(
            f"UPDATE scratch SET expires_at = {_ENDS} WHERE key = %(key)s AND {_LIVE} RETURNING 1",
            self._bound(key, version, timeout=timeout),
        )
        return done is not None

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forgets a value; whether there was one."""
        done = frames.scalar("DELETE FROM scratch WHERE key = %(key)s RETURNING 1", self._bound(key, version))
        return done is not None

    def clear(self) -> None:
        """Forgets everything."""
        frames.execute("DELETE FROM scratch", {})

    def _bound(self, key: Any, version: int | None, **more: Any) -> dict[str, Any]:
        full = self.make_key(key, version=version)
        bound: dict[str, Any] = {"key": hmac.digest(settings.SECRET_KEY.encode(), full.encode(), hashlib.sha256).hex()}
        if "value" in more:
            bound["value"] = json.dumps(more["value"])
        if "timeout" in more:
            seconds = self.default_timeout if more["timeout"] is DEFAULT_TIMEOUT else more["timeout"]
            bound["seconds"] = None if seconds is None else float(seconds)
        return bound

    def _sweep(self) -> None:
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            frames.execute("DELETE FROM scratch WHERE expires_at <= clock_timestamp()", {})
