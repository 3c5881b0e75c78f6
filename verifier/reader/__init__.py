"""Reading a publication: fetching, remembering, trusting; apart from each other (FORMAT 8 to 10)."""
