// The Worker of the two tools: runs the Python of timing_rules by Brython, away from the page, and answers its questions
// one by one. It is handed text and gives back JSON; what it is handed is never executed. Its name is the tool's: the
// calculator needs a third of the modules, which stand here, the checker all of them.
const TOOL = self.name === "calculator" ? "calculator" : "checker";
const VERSION = self.location.search;
const CORE = [/* core */];

/* brython.js */

const python = self.__BRYTHON__;

// Plain data: Python's None is an object in Brython.
const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => (part === python.builtins.None ? null : part)));

// What went wrong, in a line: an exception of Python has its words at the end of its trace.
const why = (error) => error.message ?? python.error_trace(python.exception(error)).trim().split("\n").at(-1);

// Modules, each with its name and what can be imported once it is there.
function take(modules) {
  python.update_VFS(Object.fromEntries(modules));
  const ready = modules.flatMap(([, , names]) => names);
  if (ready.length) python.runPythonSource(`import ${ready.join(", ")}`, "loading");
}

// The modules of a file, a line each, as they come in: they are compiled while the next ones are on their way.
async function load(answered) {
  const response = await answered;
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part; !(part = await reader.read()).done; ) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    take(lines.filter((line) => line.length > 1).map((line) => JSON.parse(line.replace(/,$/, ""))));
  }
}

// What is compiled is kept for the next visit, by module (a package's in a list), where the browser offers a store.
const COMPILED = `compiled-${TOOL}.json${VERSION}`;
const kept = async (use) => {
  try {
    return await use(await caches.open(`timing-rules-tools-${VERSION.slice(1)}`));
  } catch {
    return undefined;
  }
};

async function begin() {
  const compiled = await kept(async (cache) => (await cache.match(COMPILED))?.json());
  if (compiled) {
    python.precompiled = compiled;
    const module = (script) => [".py", "", [], ...(Array.isArray(script) ? [1] : [])];
    python.update_VFS(Object.fromEntries(Object.entries(compiled).map(([name, script]) => [name, module(script)])));
  } else {
    const more = TOOL === "checker" && fetch(`modules.json${VERSION}`);
    for (const module of CORE) take([module]);
    if (more) await load(more);
  }
  // The one function that the page calls.
  python.runPythonSource(`import browser\nfrom timing_rules.${TOOL === "calculator" ? TOOL : "browser"} import answer\nbrowser.self.answer = answer`, "__main__");
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
  // Later: the first question waits already.
  if (!compiled) setTimeout(() => kept((cache) => cache.put(COMPILED, new Response(JSON.stringify(python.precompiled)))), 1000);
}

self.brython({ debug: 0, indexeddb: false });
python.use_VFS = true;
begin().catch((error) => self.postMessage({ broken: why(error) }));
