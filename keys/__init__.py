"""Custody of private keys: encrypted files, signers, lifecycle.

Imported only where a signing process is put together; everything else takes a ``credential.signing.Signer``.
"""
