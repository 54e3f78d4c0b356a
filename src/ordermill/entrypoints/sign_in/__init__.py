"""How people of staff sign in: one-time links, sessions in cookies, and tokens of an issuer."""
