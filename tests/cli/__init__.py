"""The command line: what it says, what it does, and how it ends."""
