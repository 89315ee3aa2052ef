"""The console's pages over HTTP, without a browser: what they show, send, refuse."""
