"""Settings, addresses and the embedded database: where the parts are put together."""
