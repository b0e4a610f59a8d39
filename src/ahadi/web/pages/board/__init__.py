"""The floor as somebody who looks after others sees it, and moving accounts."""
