"""One account, its balance opened to charges and receipts."""
