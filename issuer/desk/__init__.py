"""The holder's desk: sign in, see one's certificates, take them away, ask the office."""
