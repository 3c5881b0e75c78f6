"""The desk's own database: sessions, jobs for the worker, requests to the office. It is never the register."""
