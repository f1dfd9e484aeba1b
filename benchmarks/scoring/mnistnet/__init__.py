"""How the digit classifier behind the `mnistnet` extractor was trained, so that anybody can repeat and check it."""
