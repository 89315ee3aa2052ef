"""The pages of the sandbox: what there is, what happens to fictional persons and companies, what the registers' stand-ins do wrong."""
