"""What debtors raise: disputes, complaints, hardship and queries, and what is adjusted because of them."""
