"""Cases: complaints and reports about certificates, each act on them by an operator's signed statement."""
