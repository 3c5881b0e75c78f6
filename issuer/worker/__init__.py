"""Where the issuer's processes are put together: setting up a home, opening it, signing and publishing.

This package and the command line alone import ``keys``; the services behind them take signers and never see a key.
"""
