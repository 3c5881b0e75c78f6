"""Integrity records (诚信记录): what opens one, whom it bars from being issued a certificate, and what proves it."""
