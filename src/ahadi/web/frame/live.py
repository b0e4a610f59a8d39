"""Where a page hears of news: the address of the server push, as the settings have it."""

from django.conf import settings


def live_url() -> str:
    """The public address, or a port on the page's own host; empty where nothing is pushed."""
    url: str = settings.LIVE_URL
    return url or (f":{settings.LIVE_PORT}" if settings.LIVE_PORT else "")
