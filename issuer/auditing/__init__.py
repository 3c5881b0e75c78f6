"""What keeps the audit honest: heads kept elsewhere, walks along the chain, entries of who opened personal data."""
