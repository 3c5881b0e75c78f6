"""The holder's desk: its sessions, pages, jobs and requests, in Python and in a browser."""
