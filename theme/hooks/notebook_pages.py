"""Notebooks as pages: run while the site is built; what they say and show stands in sight, their Python behind one click.

A kernel of Jupyter for each would take longer than all other pages together; here they run in the process of the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from html import unescape
from pathlib import Path

import nbformat
from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.toc import AnchorLink
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from timing_rules.text import Text
from traitlets.config import Config

_CODE = Text("The code", "코드")
#: The last of the page's template; behind it mkdocs-jupyter writes styles of code, and the site has its own.
_END = "<!-- notebook ends -->"
_PROGRAM = re.compile(r'<pre class="program">(.*?)</pre>', re.S)
_COLOURED = HtmlFormatter(wrapcode=True)
_HEADING = re.compile(r'(<h\d id=")[^"]*">(.+?) \{ #([\w-]+) \}<a class="anchor-link"[^>]*>¶</a>')


def run(files: Files, folder: Path) -> None:
    """Runs every notebook, and lets the site read the copy with its outputs, which stands in a folder.

    Raises:
        PluginError: a cell fails.
    """
    for file in files:
        if file.src_uri.endswith(".ipynb"):
            copy = folder / file.src_uri
            copy.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(executed(Path(str(file.abs_src_path))), copy)
            file.abs_src_path = str(copy)


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook with the outputs of its cells, run in its own folder. Raises PluginError where one fails."""
    book: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    with _fresh_shell() as shell, chdir(path.parent):
        for number, cell in enumerate(book.cells, 1):
            if cell.cell_type == "code":
                try:
                    cell.outputs = list(_outputs(shell, cell.source))
                except Exception as error:
                    told = f"{path.name}, cell {number}: {type(error).__name__}: {error}"
                    raise PluginError(f"{told}\n{cell.source}") from None
    return book


@contextmanager
def _fresh_shell() -> Iterator[InteractiveShell]:
    """A shell that knows nothing of those before it, and leaves no history."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        shell.restore_sys_module_state()  # it stood for __main__
        InteractiveShell.clear_instance()


def _outputs(shell: InteractiveShell, source: str) -> Iterator[nbformat.NotebookNode]:
    """What a cell prints, then what it shows: by display(), or as its last expression. Raises what it raises, and ValueError where
    it shows something that the page's template has no place for."""
    shell.display_pub = shown = CapturingDisplayPublisher()
    shell.display_trap.hook = CapturingDisplayHook(shell, shown.outputs)
    with capture_output(display=False) as printed:
        shell.run_cell(source).raise_error()
    for name, text in (("stdout", printed.stdout), ("stderr", printed.stderr)):
        if text:
            yield nbformat.v4.new_output("stream", name=name, text=text)
    for output in shown.outputs:
        if "text/html" not in output["data"]:
            raise ValueError("the cell shows something that is no HTML; print() it, or display(HTML(…))")
        yield nbformat.v4.new_output("display_data", data=output["data"], metadata=output["metadata"])


def finished(html: str, toc: Iterable[AnchorLink], lang: str) -> str:
    """A notebook's page as the theme's template has written it, with its words in a language, its code in colours, and with the ids
    that stand in its headings: notebooks know no attribute lists."""
    links = list(toc)
    for link in links:
        links += link.children
        link.title, _, ident = link.title.removesuffix(" }").partition(" { #")
        link.id = ident or link.id
    page = html.partition(_END)[0].replace("<summary></summary>", f"<summary>{_CODE.get(lang)}</summary>")
    page = _PROGRAM.sub(lambda program: highlight(unescape(program[1]), PythonLexer(), _COLOURED), page)
    return _HEADING.sub(r'\1\3"><a class="toclink" href="#\3">\2</a>', page)
