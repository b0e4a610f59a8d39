"""The frame around every page: layout, styles, icons, formats."""
