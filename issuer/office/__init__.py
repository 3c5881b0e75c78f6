"""The office: who may issue what, on whose review, and which people act. Every change leaves an audit entry."""
