"""Spreadsheets and delimited text: bytes in, typed rows and row errors out."""
