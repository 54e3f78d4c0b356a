"""Reports as PDFs. Only `renderer` is for others: the rest runs in the process that it starts."""
