"""``titlecert demo``: an invented office, its data, and the script of commands that shows it at work."""
