// What is searched for of what a reader types. Material asks its worker for every word alike: "how", "pod" or "안" match half of the site,
// --force and `error: 111` are read as orders of its query language, a misspelled word finds nothing, and a Korean compound written in one
// begins no word of a page. So fillers and marks go, particles and endings too, compounds come apart, and each word is asked for as it
// stands, as a beginning and, long enough, with a letter wrong. Names in camelCase, snake_case or with dots are asked for whole as well,
// and so are two, three or four words side by side, with a letter wrong where a word is strange: "exit code" is no "exit on zero".
// The lists come with the index (theme/hooks/search_words.yml). A query that stands in quotes as a whole is left as it is.
(() => {
  const empty = { fillers: [], common: [], endings: [], nouns: [], spellings: {} };
  // What words say together counts for more than what each says, by their number.
  const SIDE_BY_SIDE = { 2: 30, 3: 150, 4: 400 };
  let lists;
  const prepare = ({ config: { words }, docs }) => {
    const { fillers, common, endings, nouns, spellings } = { ...empty, ...words };
    const longest = (list) => [...list].sort((one, other) => other.length - one.length).join("|");
    lists = {
      fillers: new Set(fillers),
      common: new Set(common),
      ending: new RegExp(`^(.*?[가-힣\\w]{2})(?:${longest(endings)})$`),
      compound: new RegExp(`^(?:${longest(nouns)})+(?:${longest(endings)})?$`),
      noun: new RegExp(longest(nouns), "g"),
      spellings: new Map(Object.entries(spellings)),
      // Of the index, the words of titles and aliases: a word that begins none of them may be misspelled.
      vocabulary: docs.map(({ title, aliases }) => ` ${title} ${aliases ?? ""}`).join("").toLowerCase(),
    };
  };
  // The same as names() in theme/hooks/search_index.py.
  const names = (word) =>
    [word, ...word.split(/[./=]/)]
      .filter((part) => /[a-z0-9][A-Z]|[A-Za-z0-9][-_./=][A-Za-z0-9]/.test(part))
      .map((part) => part.replace(/[^A-Za-z0-9]/g, "").toLowerCase())
      .filter((name) => /[a-z]/.test(name) && name.length > 4);
  const spelled = (word) => lists.spellings.get(word.toLowerCase())?.split(" ");
  const parts = (word) => {
    if (spelled(word)) return spelled(word);
    if (!/[가-힣]/.test(word)) return [word];
    const apart = word.match(/[가-힣]+|[^가-힣]+/g);
    if (apart.length > 1 && /^[^가-힣]{2,}$/.test(apart[0])) return [apart[0], ...(apart[1].length > 1 ? parts(apart.slice(1).join("")) : [])];
    if (lists.compound.test(word)) return word.match(lists.noun).flatMap((noun) => spelled(noun) ?? [noun]);
    const stem = word.replace(lists.ending, "$1");
    return stem === word ? [word] : parts(stem);
  };
  const known = (word) => lists.vocabulary.includes(` ${word.toLowerCase()}`);
  const asked = (word) => {
    const whole = names(word);
    const weight = whole.length || lists.common.has(word.toLowerCase()) ? 1 : 5;
    return [
      ...whole.map((name) => `${name}*^20`),
      `${word}^${3 * weight}`,
      `${word}*^${weight}`,
      ...(whole.length === 0 && /^(?:[a-z]{5,}|[가-힣]{4,})$/i.test(word) ? [`${word}~1^${known(word) ? 1 : 10}`] : []),
    ];
  };
  // The same as phrase() in theme/hooks/search_index.py.
  const phrases = (chosen) =>
    [2, 3, 4].flatMap((count) =>
      chosen.slice(count - 1).map((_, at) => {
        const beside = chosen.slice(at, at + count);
        const phrase = beside.join("").toLowerCase().replace(/[^a-z0-9가-힣]/g, "");
        const strange = beside.filter((word) => /^[a-z]{5,}$/i.test(word) && !known(word)).length;
        return phrase && `§${phrase}${strange ? `~${Math.min(strange, 2)}` : ""}^${SIDE_BY_SIDE[count]}`;
      }),
    );
  const words = (query) => {
    if (!lists || /^\s*".*"\s*$/.test(query)) return query;
    const typed = query.replace(/["'`“”‘’(){}[\],;?!$@#<>|&%…]/g, " ").split(/[\s:~^*+]+/);
    const split = typed.map((word) => word.replace(/^-+|[-.]+$/g, "")).flatMap(parts).filter((word) => /[A-Za-z0-9가-힣]/.test(word));
    const kept = split.filter((word) => !lists.fillers.has(word.toLowerCase()));
    const chosen = kept.length ? kept : split;
    return [...new Set(chosen.flatMap(asked)), ...phrases(chosen)].join(" ");
  };
  const { postMessage } = Worker.prototype;
  // Of Material's messages, type 0 hands its worker the index, and type 2 is a query.
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.type === 0) prepare(message.data);
    return postMessage.call(this, message?.type === 2 ? { ...message, data: words(message.data) } : message, ...rest);
  };
})();
