"""The trust list from the issuer's side: what the register knows, put into the form that the root signs."""
