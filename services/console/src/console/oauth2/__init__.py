"""The issuer of tokens: clients and their secrets, signing keys, and the client credentials grant."""
