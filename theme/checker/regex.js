"use strict"; // in a script that begins so, as Brython does
// Python's regular expressions by the browser's own engine. Brython's is written in Python's words: it is slow, and it loses
// groups (`(\d+)([smh]?)` matched whole). A pattern is translated once; what differs is Unicode (`\w` knows Hangul), `$`, `.`
// and the ends of lines. re.py is the module around it.
self.regex = (() => {
  const [IGNORECASE, MULTILINE, DOTALL, VERBOSE, ASCII] = [2, 8, 16, 64, 256];
  const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;
  const START = "(?<![\\s\\S])";
  const END = "(?![\\s\\S])";

  const classes = (ascii) => ({
    w: ascii ? "A-Za-z0-9_" : "\\p{L}\\p{N}_",
    d: ascii ? "0-9" : "\\p{Nd}",
    s: ascii ? " \\t-\\r" : "\\s\\x1c-\\x1f\\x85",
  });

  // One escape, from its backslash on: what stands for it, and its length.
  function escape(pattern, at, sets, inClass) {
    const letter = pattern[at + 1];
    const set = sets[letter.toLowerCase()];
    if (set && "wdsWDS".includes(letter)) {
      const negative = letter !== letter.toLowerCase();
      if (inClass && negative) return [letter === "S" ? "\\S" : letter === "D" ? "\\P{Nd}" : "\\W", 2];
      return [inClass ? set : `[${negative ? "^" : ""}${set}]`, 2];
    }
    if (letter === "A") return [START, 2];
    if (letter === "Z") return [END, 2];
    if (letter === "b" && inClass) return ["\\x08", 2];
    if (letter === "b") return [`(?:(?<=[${sets.w}])(?![${sets.w}])|(?<![${sets.w}])(?=[${sets.w}]))`, 2];
    if (letter === "B") return [`(?:(?<=[${sets.w}])(?=[${sets.w}])|(?<![${sets.w}])(?![${sets.w}]))`, 2];
    if (letter === "a") return ["\\x07", 2];
    if (letter === "U") return [`\\u{${pattern.slice(at + 2, at + 10).replace(/^0+(?=.)/, "")}}`, 10];
    if (letter === "x") return [pattern.slice(at, at + 4), 4];
    if (letter === "u") return [pattern.slice(at, at + 6), 6];
    if (/\d/.test(letter)) {
      const digits = pattern.slice(at + 1).match(/^\d{1,3}/)[0];
      return letter === "0" || inClass ? [`\\x${parseInt(digits, 8).toString(16).padStart(2, "0")}`, digits.length + 1] : [`\\${digits}`, digits.length + 1];
    }
    if (/[nrtfv]/.test(letter) || SYNTAX.test(letter) || (inClass && letter === "-")) return [`\\${letter}`, 2];
    return [letter, 2];
  }

  // A group's opening: what stands for it, its length, and its name where it takes a number.
  function group(pattern, at) {
    const rest = pattern.slice(at);
    const named = rest.match(/^\(\?P<(\w+)>/);
    if (named) return [`(?<${named[1]}>`, named[0].length, named[1]];
    const same = rest.match(/^\(\?P=(\w+)\)/);
    if (same) return [`\\k<${same[1]}>`, same[0].length];
    const comment = rest.match(/^\(\?#[^)]*\)/);
    if (comment) return ["", comment[0].length];
    const other = rest.match(/^\(\?(?:[:=!]|<[=!]|[a-z-]+:)/);
    return other ? [other[0], other[0].length] : ["(", 1, ""];
  }

  function translate(pattern, flags) {
    const inline = pattern.match(/^\(\?([aimsux]+)\)/);
    for (const letter of inline?.[1] ?? "") flags |= { a: ASCII, i: IGNORECASE, m: MULTILINE, s: DOTALL, x: VERBOSE, u: 0 }[letter];
    const sets = classes(flags & ASCII);
    const names = [];
    let out = "";
    let inClass = false;
    for (let at = inline?.[0].length ?? 0; at < pattern.length; ) {
      const letter = pattern[at];
      let put = letter;
      let length = 1;
      if (letter === "\\") [put, length] = escape(pattern, at, sets, inClass);
      else if (inClass) inClass = letter !== "]";
      else if (letter === "[") {
        inClass = true;
        const open = pattern.slice(at).match(/^\[\^?\]?/)[0];
        [put, length] = [open.replace("]", "\\]"), open.length];
      } else if (letter === "(") {
        let name;
        [put, length, name] = group(pattern, at);
        if (name !== undefined) names.push(name);
      } else if (letter === ".") put = flags & DOTALL ? "[\\s\\S]" : "[^\\n]";
      else if (letter === "^") put = flags & MULTILINE ? "(?<![^\\n])" : START;
      else if (letter === "$") put = flags & MULTILINE ? "(?![^\\n])" : `(?=\\n?${END})`;
      else if (letter === "{") {
        const count = pattern.slice(at).match(/^\{(\d*)(,?)(\d*)\}/);
        if (count && (count[1] || count[3])) [put, length] = [`{${count[1] || 0}${count[2]}${count[3]}}`, count[0].length];
        else put = "\\{";
      } else if (letter === "}" || letter === "]") put = `\\${letter}`;
      else if (flags & VERBOSE && /\s/.test(letter)) put = "";
      else if (flags & VERBOSE && letter === "#") [put, length] = ["", pattern.slice(at).match(/^[^\n]*/)[0].length];
      out += put;
      at += length;
    }
    return { source: out, ignore: flags & IGNORECASE ? "i" : "", names };
  }

  let last = "";
  let places = null; // of `last`: where each code point begins, if there are any of two units

  function placesOf(text) {
    if (text !== last) {
      last = text;
      places = null;
      if (/[\ud800-\udbff]/.test(text)) {
        places = [];
        for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) places.push(at);
        places.push(text.length);
      }
    }
    return places;
  }

  function pointOf(unit) {
    let [low, high] = [0, places.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle] < unit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  const pairs = (spans) => Array.from({ length: spans.length / 2 - 1 }, (_, at) => [spans[2 * at + 2], spans[2 * at + 3]]);

  return {
    compile(pattern, flags) {
      const { source, ignore, names } = translate(String(pattern), flags);
      const kinds = {
        search: new RegExp(source, `dgu${ignore}`),
        match: new RegExp(source, `dyu${ignore}`),
        fullmatch: new RegExp(`(?:${source})${END}`, `dyu${ignore}`),
      };
      return { kinds, names };
    },
    // The spans of a match and of its groups, start and end in turn (-1: took no part); empty without a match.
    // `letters` is how many letters Brython counts: it takes some strings, as those that were put together, by code units.
    find(compiled, kind, given, from, letters) {
      const text = String(given);
      const points = letters === text.length ? null : placesOf(text);
      const engine = compiled.kinds[kind];
      engine.lastIndex = points ? points[from] : from;
      const found = from > (points ? points.length - 1 : text.length) ? null : engine.exec(text);
      if (!found) return [];
      const spans = found.indices.flatMap((span) => span ?? [-1, -1]);
      return points ? spans.map((unit) => (unit < 0 ? unit : pointOf(unit))) : spans;
    },
    // The texts of the groups of a match by its spans, and `other` for those that took no part.
    groups(given, spans, letters, other) {
      const text = String(given);
      const points = letters === text.length ? null : placesOf(text);
      const cut = points ? (start, end) => text.slice(points[start], points[end]) : (start, end) => text.slice(start, end);
      return pairs(spans).map(([start, end]) => (start < 0 ? other : cut(start, end)));
    },
  };
})();
