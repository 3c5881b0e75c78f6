"""Claim codes: made for the holders of certificates, given out, collected, ended."""
