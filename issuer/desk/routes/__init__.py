"""The desk's pages, a module for what belongs together. Each takes the desk, the visit and what the path names."""
