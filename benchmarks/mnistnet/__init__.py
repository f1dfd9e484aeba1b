"""How the digit classifier behind the `mnistnet` extractor was trained, so that anybody can train and check it again."""
