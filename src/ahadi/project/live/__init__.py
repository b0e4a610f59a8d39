"""Server push: a small process that hears of news from the database and tells the screens they concern."""
