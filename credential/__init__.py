"""The formats of titlecert, pure: no I/O, no clock, no settings, no private keys.

Every other room imports this one; it imports none of them. ``docs/FORMAT.md`` is the specification that this
package follows, and comments cite its sections.
"""
