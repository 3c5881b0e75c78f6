"""The document: the printed and sealed PDF edition of a certificate."""
