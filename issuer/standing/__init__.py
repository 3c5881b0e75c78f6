"""How a deployment stands: what is looked at, what is found, and how bad it is; one table of checks."""
