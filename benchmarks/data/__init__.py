"""Data sets for the command line: listed, prepared and verified, through the frameworks' loaders where wanted."""
