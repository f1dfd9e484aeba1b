"""The site: a run as static pages, with both frameworks' generators running in the reader's browser."""
