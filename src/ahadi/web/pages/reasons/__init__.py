"""Why people are late, as they told it."""
