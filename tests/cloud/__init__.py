"""A whole deployment in one process: its resources in moto, its Lambdas called with the envelopes AWS documents."""
