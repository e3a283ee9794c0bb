// What is searched for of what a reader types. Material asks its worker for every word: "how", "the" or "안" match half of the site,
// --force and `error: 111` are read as orders of its query language, and 드레인이란 begins no word of a page. So fillers go, marks go,
// and of a Korean word its particle. A query in quotes is left as it is. (A message of type 2 is a query.)
(() => {
  const fillers = new Set(
    `a an the is are was be it its my our your to of in on for at by from with and or do does did how what why when where which should can
    could would i we you there this that if as has have vs 안 않음 않는 않아 않아요 않습니다 안돼요 돼요 되나요 나요 왜 어떻게 방법 법 하는 할 때 때마다 중
    중에 후 뒤 수 것 좀 무엇 뭐 인가요 있나요 해요 하나요 하면 되지 되는 됨 그리고 및`.split(/\s+/),
  );
  const particles = [
    /^(.*?[가-힣\w]{2})(?:이란|란|에서|에게|으로|까지|부터|처럼|보다|을|를|은|는|이|가)$/,
    /^(.*?[가-힣\w]{3})(?:에|의|와|과|로|도|만)$/,
  ];
  const words = (query) => {
    if (query.includes('"')) return query;
    const typed = query.split(/[\s:~^*+]+/).map((word) => word.replace(/^-+/, ""));
    const stems = typed.map((word) => particles.reduce((stem, particle) => stem.replace(particle, "$1"), word)).filter(Boolean);
    const kept = stems.filter((word) => !fillers.has(word.toLowerCase()));
    return (kept.length ? kept : stems).join(" ");
  };
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    return postMessage.call(this, message?.type === 2 ? { ...message, data: words(message.data) } : message, ...rest);
  };
})();
