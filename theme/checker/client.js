// The page's side of both tools: starts the Worker when the first question is asked, hands it one question at a time, and
// ends it when an answer takes too long. A question that waits gives way to a newer one of the same command.
export const LIMIT_SECONDS = 20;

export class TooLong extends Error {}

export class Engine {
  constructor(base, version, lang, tool = "checker") {
    this.address = new URL(`${base}engine.js?${version}`, document.baseURI);
    this.lang = lang;
    this.tool = tool;
    this.waiting = [];
    this.number = 0;
  }

  // Starts the Worker, if none runs; the promise is kept when it can answer.
  start() {
    this.ready ??= new Promise((resolve, reject) => {
      this.worker = new Worker(this.address, { name: this.tool });
      const fail = (why) => {
        this.stop();
        reject(new Error(why));
      };
      this.worker.onmessage = ({ data }) => {
        if (data.ready) {
          this.running = true;
          resolve();
          this.onready?.();
        }
        else if (data.broken) fail(data.broken);
        else this.take(data);
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        fail(event.message || this.address.pathname);
      };
    });
    return this.ready;
  }

  // The answer, or `undefined` when a newer question of the same command came first.
  ask(command, payload) {
    const older = this.waiting.findIndex((question) => question.command === command);
    if (older >= 0) this.waiting.splice(older, 1)[0].resolve(undefined);
    return new Promise((resolve, reject) => {
      const question = JSON.stringify({ command, lang: this.lang, ...payload });
      this.waiting.push({ command, question, resolve, reject });
      this.next();
    });
  }

  async next() {
    if (this.asked || !this.waiting.length) return;
    this.asked = this.waiting.shift();
    const { asked } = this;
    try {
      await this.start();
    } catch (error) {
      this.asked = undefined;
      asked.reject(error);
      return;
    }
    asked.id = ++this.number;
    asked.timer = setTimeout(() => {
      this.stop();
      this.asked = undefined;
      asked.reject(new TooLong());
      this.next();
    }, LIMIT_SECONDS * 1000);
    this.worker.postMessage({ id: asked.id, question: asked.question });
  }

  take({ id, answer, failed }) {
    const { asked } = this;
    if (asked?.id !== id) return;
    clearTimeout(asked.timer);
    this.asked = undefined;
    if (failed === undefined) asked.resolve(answer);
    else asked.reject(new Error(failed));
    this.next();
  }

  stop() {
    this.worker?.terminate();
    this.worker = this.ready = this.running = undefined;
  }
}
