"""The house: what is installed, what imports what, what the repository holds."""
