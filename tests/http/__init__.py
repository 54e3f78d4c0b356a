"""The API as clients use and abuse it, over HTTP."""
