// What is searched for of what a reader types. Material asks its worker for every word alike: "how", "pod" or "안" match half of the site,
// --force and `error: 111` are read as orders of its query language, a misspelled word finds nothing, and a Korean compound written in one
// begins no word of a page. So fillers and marks go, particles and endings too, compounds come apart, misspelled words are mended, and each
// word is asked for as it stands, as a beginning, without its ending, and by the words that mean the same; what names a subject counts for
// more than what happens to it. Names in camelCase, snake_case or with dots are asked for whole as well. Words that say something together
// (theme/hooks/search_phrases.yml) count wherever they stand in a query, in whatever order and form: "exit code" is no "exit on zero".
// A page is also found by the words of all its sections. The lists come with the index (theme/hooks/search_words.yml). A query that stands
// in quotes as a whole is left as it is.
(() => {
  const empty = { fillers: [], common: [], endings: [], nouns: [], spellings: {}, kin: [], subjects: [], otherwise: [] };
  // What words say together counts for more than what each says, by their number; where a subject is named, without it for less.
  const TOGETHER = { 2: 30, 3: 150, 4: 400 };
  const BESIDE_A_SUBJECT = 0.3;
  const SUBJECT = 6;
  // Words further apart than this say nothing together.
  const SPAN = 6;
  const PAGE = { boost: 2 };
  let lists;
  const small = (word) => word.toLowerCase().replace(/[^a-z0-9가-힣]/g, "");
  const stem = (word) =>
    /^[a-z]{5,}$/.test(word) ? word.replace(/full?y?$/, "ful").replace(/(?:ations?|(?<=.{4})ly|ions?|ments?|ings?|ed|es|s|e|y)$/, "").replace(/([^aeiouls])\1$/, "$1") : word;
  // All forms of a word, and all words that mean the same.
  const meaning = (word) => {
    const root = stem(small(word));
    return lists.kin.get(root)?.[0] ?? root;
  };
  const isSubject = (word) => lists.subjects.has(meaning(word));
  // The same as names() in theme/hooks/search_index.py.
  const names = (word) =>
    [word, ...word.split(/[./=]/)]
      .filter((part) => /[a-z0-9][A-Z]|[A-Za-z0-9][-_./=][A-Za-z0-9]/.test(part))
      .map(small)
      .filter((name) => /[a-z]/.test(name) && name.length > 4);

  // A letter wrong, missing or too many, or two that changed places.
  const isNear = (one, other) => {
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    const [a, b] = [one.slice(at), other.slice(at)];
    return [[a.slice(1), b.slice(1)], [a.slice(1), b], [a, b.slice(1)], [a[1] + a[0] + a.slice(2), b]].some(([left, right]) => left === right);
  };
  const mended = (word) => {
    const typed = word.toLowerCase();
    if (!/^[a-z]{5,}$/.test(typed) || lists.begins(stem(typed))) return word;
    const alike = [...lists.words].filter(([other]) => other[0] === typed[0] && other.length > 3 && isNear(typed, other));
    return alike.sort((one, other) => other[1] - one[1])[0]?.[0] ?? word;
  };
  const spelled = (word) => lists.spellings.get(word.toLowerCase())?.split(" ");
  // A Korean word of several in the fewest words that the pages know; a letter that belongs to none costs more than a word.
  const apart = (word) => {
    const ways = [{ cost: 0, nouns: [] }];
    for (let end = 1; end <= word.length; end += 1) {
      const left = { cost: ways[end - 1].cost + 3, nouns: ways[end - 1].nouns };
      const right = ways.slice(0, end - 1).map(({ cost, nouns }, from) => ({ cost: cost + 1, nouns: [...nouns, word.slice(from, end)] }));
      ways.push(right.filter(({ nouns }) => lists.known.has(nouns.at(-1))).reduce((best, way) => (way.cost < best.cost ? way : best), left));
    }
    return ways.at(-1);
  };
  const parts = (word) => {
    if (spelled(word)) return spelled(word);
    if (!/[가-힣]/.test(word)) return [mended(word)];
    const scripts = word.match(/[가-힣]+|[^가-힣]+/g);
    const isName = scripts.every((script) => script.length > 1 || /[가-힣]/.test(script));
    if (scripts.length > 1 && isName) return scripts.filter((script) => script.length > 1).flatMap(parts);
    if (lists.compound.test(word)) return word.match(lists.noun).flatMap((noun) => spelled(noun) ?? [noun]);
    const bare = word.replace(lists.ending, "$1");
    if (bare !== word) return parts(bare);
    if (lists.known.has(word) || scripts.length > 1) return [word];
    const { cost, nouns } = apart(word);
    return nouns.length > 1 && cost <= nouns.length + 3 ? nouns.flatMap((noun) => spelled(noun) ?? [noun]) : [word];
  };
  const read = (query) => {
    const typed = query.replace(/["'`“”‘’(){}[\],;?!$@#<>|&%…]/g, " ").split(/[\s:~^*+]+/);
    const split = typed.map((word) => word.replace(/^-+|[-.]+$/g, "")).flatMap(parts).filter((word) => /[A-Za-z0-9가-힣]/.test(word));
    const kept = split.filter((word) => !lists.fillers.has(word.toLowerCase()));
    return kept.length ? kept : split;
  };

  const key = (meanings) => `¤${[...meanings].sort().join("")}`;
  // Every two, three and four of the words that stand near each other and are a phrase of a page.
  const together = (chosen) => {
    const meanings = [...new Set(chosen.map(meaning))];
    const named = meanings.some(isSubject);
    const ask = (picked) => {
      const weight = TOGETHER[picked.length] * (named && !picked.some(isSubject) ? BESIDE_A_SUBJECT : 1);
      return lists.phrases.has(key(picked)) ? [`${key(picked)}^${weight}`] : [];
    };
    const more = (picked, from, last) => [
      ...(picked.length > 1 ? ask(picked) : []),
      ...(picked.length < 4 ? meanings.slice(from, last).flatMap((next, at) => more([...picked, next], from + at + 1, last)) : []),
    ];
    return meanings.flatMap((first, at) => more([first], at + 1, at + SPAN));
  };
  // The same as phrase() in theme/hooks/search_index.py: side by side, as the lines of a log are.
  const inLogs = (chosen) =>
    [2, 3, 4].flatMap((count) =>
      chosen.slice(count - 1).map((_, at) => `§${small(chosen.slice(at, at + count).join(""))}`)
        .filter((phrase) => lists.said.has(phrase)).map((phrase) => `${phrase}^${TOGETHER[count]}`),
    );
  const asked = (word) => {
    const whole = names(word);
    const typed = word.toLowerCase();
    const root = stem(typed);
    const weight = whole.length || lists.common.has(meaning(word)) ? 1 : 5 * (isSubject(word) ? SUBJECT : 1);
    const kin = (lists.kin.get(stem(small(word))) ?? []).filter((other) => other !== typed && !other.startsWith(root));
    return [
      ...whole.flatMap((name) => [`${name}^40`, `${name}*^20`]),
      `${word}^${3 * weight}`,
      `${word}*^${weight}`,
      ...(root !== typed && root.length > 3 ? [`${root}*^${weight}`] : []),
      ...kin.map((other) => `${other}^${weight}`),
      // A word of the pages is spelled right: "race" is no "grace".
      ...(whole.length === 0 && !lists.begins(typed) && /^(?:[a-z]{5,}|[가-힣]{4,})$/i.test(word) ? [`${word}~1^10`] : []),
    ];
  };
  const words = (query) => {
    if (!lists || /^\s*".*"\s*$/.test(query)) return query;
    const chosen = read(query);
    const known = chosen.some((word) => word.toLowerCase().split(/[^a-z0-9가-힣]+/).some((part) => part && lists.begins(stem(part))));
    return [...new Set([...chosen.flatMap(asked), ...inLogs(chosen), ...together(chosen), ...(known ? [] : lists.otherwise)])].join(" ");
  };

  // What the index says of each word, and to each page the words of all its sections.
  const gather = (docs) => {
    const pages = new Map();
    for (const { location, title, text, aliases } of docs) {
      const [page] = location.split("#");
      const found = `${title} ${text} ${aliases ?? ""}`.replace(/<[^>]*>/g, " ").toLowerCase().match(/[a-z0-9가-힣]+/g) ?? [];
      pages.set(page, new Set([...(pages.get(page) ?? []), ...found]));
      for (const word of found) lists.words.set(word, (lists.words.get(word) ?? 0) + 1);
    }
    return pages;
  };
  const prepare = ({ config, docs }) => {
    const { fillers, common, endings, nouns, spellings, kin, subjects, otherwise } = { ...empty, ...config.words };
    const longest = (list) => [...list].sort((one, other) => other.length - one.length).join("|");
    const groups = kin.map((group) => group.split(" "));
    lists = {
      fillers: new Set(fillers),
      ending: new RegExp(`^(.*?[가-힣\\w]{2})(?:${longest(endings)})$`),
      compound: new RegExp(`^(?:${longest(nouns)})+(?:${longest(endings)})?$`),
      noun: new RegExp(longest(nouns), "g"),
      spellings: new Map(Object.entries(spellings)),
      kin: new Map(groups.flatMap((group) => group.map((word) => [stem(small(word)), group]))),
      otherwise,
      words: new Map(),
      said: new Set(docs.flatMap(({ said }) => said?.split(" ") ?? [])),
    };
    lists.common = new Set(common.map(meaning));
    lists.subjects = new Set(subjects.map(meaning));
    const pages = gather(docs);
    const korean = [...lists.words.keys(), ...lists.spellings.keys()].filter((word) => /^[가-힣]{2,}$/.test(word));
    lists.known = new Set(korean.map((word) => word.replace(lists.ending, "$1")));
    const all = ` ${[...lists.words.keys()].join(" ")}`;
    lists.begins = (word) => all.includes(` ${word}`);
    for (const doc of docs) {
      if (doc.phrases) doc.phrases = doc.phrases.split(",").map((phrase) => key(new Set(read(phrase).map(meaning)))).join(" ");
      if (!doc.location.includes("#")) doc.page = [...pages.get(doc.location)].join(" ");
    }
    lists.phrases = new Set(docs.flatMap(({ phrases }) => phrases?.split(" ") ?? []));
    config.fields.page = PAGE;
  };
  const { postMessage } = Worker.prototype;
  // Of Material's messages, type 0 hands its worker the index, and type 2 is a query.
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.type === 0) prepare(message.data);
    return postMessage.call(this, message?.type === 2 ? { ...message, data: words(message.data) } : message, ...rest);
  };
})();
