"""`lightning-cart database`: moves what the engine has stored from one database to another."""
