"""The console: issues tokens to client applications."""
