"""The unlock service: it proves who somebody is, and opens that one holder's rows. A process of its own."""
