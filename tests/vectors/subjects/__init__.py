"""The cases by subject: each module has one function ``cases(book)``."""
