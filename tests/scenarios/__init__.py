"""What must be true of an order whatever happens to it on its way: a table of pipelines, outcomes and faults."""
