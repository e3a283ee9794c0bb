// The Worker of the two tools: runs the Python of timing_rules by Brython, away from the page, and answers its questions
// one by one. It is handed text and gives back JSON; what it is handed is never executed. Its name is the tool's: the
// calculator needs a third of the modules, the checker all of them.
const SCRIPTS = ["regex.js", "brython.js", "core.js", ...(self.name === "calculator" ? [] : ["modules.js"])];
importScripts(...SCRIPTS.map((name) => name + self.location.search));

// The one function that the page calls.
const START = `
import browser
from timing_rules.${self.name === "calculator" ? "calculator" : "browser"} import answer
browser.self.answer = answer
`;

const python = self.__BRYTHON__;

// Plain data: Python's None is an object in Brython.
const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => (part === python.builtins.None ? null : part)));

// What went wrong, in a line: an exception of Python has its words at the end of its trace.
const why = (error) => error.message ?? python.error_trace(python.exception(error)).trim().split("\n").at(-1);

const begin = () => {
  try {
    python.runPythonSource(START, "__main__");
  } catch (error) {
    self.postMessage({ broken: why(error) });
    return;
  }
  self.onmessage = ({ data: { id, question } }) => {
    let reply;
    try {
      reply = { id, answer: plain(self.answer(question)) };
    } catch (error) {
      reply = { id, failed: why(error) };
    }
    self.postMessage(reply);
  };
  self.postMessage({ ready: true });
};

// What was compiled at the last visit is read from the browser's store first; then Brython turns to `begin`.
self.brython({ debug: 0, indexeddb: true });
python.tasks.push([begin]);
if (!python.idb_cx) python.loop();
