"""Notices to holders (通知书): what each change of a certificate says to its holder, and how it is printed and sent."""
