"""Issuing: an approved row becomes a certificate: reserved, linted, signed, checked, stored, set and published."""
