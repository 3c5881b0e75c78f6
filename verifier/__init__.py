"""Reading a publication and giving the verdict; imports neither issuer, keys nor SQLAlchemy."""
