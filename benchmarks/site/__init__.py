"""The site: static pages of runs that work from a folder, from any host, and from `ganbench serve`."""
