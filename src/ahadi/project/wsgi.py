"""The WSGI application that any Python web server can run."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from ahadi.project.refusal import Refusal


class UnableToServeSite(Refusal):
    """The web server was started without what the site needs from its environment."""


def _require(*variables: str) -> None:
    missing = [name for name in variables if not os.environ.get(name)]
    if missing:
        raise UnableToServeSite(
            f"{' and '.join(missing)} must be set for a web server that runs Ahadi by itself. "
            "`ahadi serve` sets them, and keeps the embedded database running."
        )


_require("AHADI_DATABASE_URL", "AHADI_SECRET_KEY")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
application = get_wsgi_application()
# The models that it reads by are there only now.
import_module("ahadi.project.warming").warm()
