"""The pages of docs/, rendered: links between them are kept, links to what is not on the site become plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_ROOT = Path(__file__).parents[2]
_WIDE = '<div class="wide" tabindex="0" role="region" aria-label="Table">\n<table>\n'


@dataclass(frozen=True)
class Document:
    """A page of documentation: its name on the site, its title, and its text as HTML."""

    name: str
    title: str
    html: str


def documents() -> list[Document]:
    """All pages of the documentation that are there; none where the program was installed without them."""
    paths = [*sorted((_ROOT / "docs").glob("*.md")), _ROOT / "reports" / "parity.md", _ROOT / "CHANGELOG.md"]
    known = {path.resolve(): path.stem.lower() for path in paths if path.is_file()}
    return [_document(path, name, known) for path, name in known.items()]


def inline(text: str) -> str:
    """One line of Markdown as HTML, without a paragraph around it."""
    return str(_parser().renderInline(text))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _document(path: Path, name: str, known: Mapping[Path, str]) -> Document:
    parser = _parser()
    tokens = parser.parse(path.read_text(encoding="utf-8").replace("<br>", "; "))
    title = name
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and title == name:
            title = tokens[index + 1].content
        if token.children:
            token.children = _own_links(token.children, path.parent, known)
    html = parser.renderer.render(tokens, parser.options, {})
    # what may have to be scrolled can be reached by the keyboard; the text itself has no tags
    return Document(name, title, html.replace("<pre>", '<pre tabindex="0">'))


def _own_links(tokens: list[Token], folder: Path, known: Mapping[Path, str]) -> list[Token]:
    """The tokens with links that lead somewhere: to other documents under their new names, and to other hosts."""
    kept: list[Token] = []
    open_links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            path, _, anchor = target.partition("#")
            own = known.get((folder / PurePosixPath(path)).resolve()) if path else None
            if own is not None:
                token.attrSet("href", f"{own}.html" + (f"#{anchor}" if anchor else ""))
            open_links.append(own is not None or "://" in target)
            if not open_links[-1]:
                continue
        elif token.type == "link_close" and not open_links.pop():
            continue
        kept.append(token)
    return kept


def _table_open(self: RendererHTML, *_: object) -> str:
    return _WIDE


def _table_close(self: RendererHTML, *_: object) -> str:
    return "</table>\n</div>\n"
