"""What a page consists of."""

from html.parser import HTMLParser

VOID = {"meta", "br"}
# What stands apart on the page, though nothing may lie between in its source.
APART = {"td", "th", "dt", "dd", "li", "p", "summary", "button"}
UNSEEN = {"style", "script", "title"}


class Outline(HTMLParser):
    """Checks that what is opened is closed, and gathers tags, attributes and text.

    Attributes
    ----------
    tags : list of str
    attributes : list of (str, str or None)
    text : str
        What is read on the page, with single spaces.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        self.text = " ".join(self.text.split())
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in APART:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not UNSEEN.intersection(self.open):
            self.text += data

    def named(self, name: str) -> list[str | None]:
        """The values of all attributes of this name."""
        return [value for found, value in self.attributes if found == name]
