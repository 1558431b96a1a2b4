// What a contender does: see contender.rs beside the bench.
import { createInterface } from "node:readline";
import pg from "pg";

// A Date has no microseconds: the text is kept beside it.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => Object.assign(new Date(text), { text }));

/** Microseconds since 1970 of a time that came from the database. */
export function micros(date) {
  const fraction = /\.(\d+)/.exec(date.text)?.[1] ?? "";
  return Math.floor(date.getTime() / 1000) * 1e6 + Number(fraction.padEnd(6, "0"));
}

/** Microseconds since 1970. */
export const now = () => (performance.timeOrigin + performance.now()) * 1000;

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/**
 * `rival` has `prepare()`, `enqueue(count)`, `work(started)`, `left()`, `add(payload)` and `stop()`. Each start of a job
 * calls `started(payload, due)`, with when it was due in microseconds.
 */
export async function contend(makeRival) {
  const [what, database, text] = process.argv.slice(2);
  const setup = JSON.parse(text);
  const rival = makeRival(database, setup);
  await rival.prepare();
  await { burn, latency }[what](rival, setup);
  process.exit(0);
}

async function letGo(said) {
  say(said);
  for await (const _ of createInterface({ input: process.stdin })) return;
}

async function burn(rival, { runs }) {
  let began = now();
  await rival.enqueue(runs);
  await letGo({ enqueued: runs, seconds: (now() - began) / 1e6 });
  began = now();
  let count = 0;
  const all = new Promise((resolve) => {
    rival.work(() => {
      if (++count === runs) resolve();
    });
  });
  await all;
  while ((await rival.left()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  say({ ended: count, seconds: (now() - began) / 1e6 });
  await rival.stop();
}

async function latency(rival, { rate, seconds }) {
  const count = rate * seconds;
  const called = new Array(count);
  const due = new Array(count);
  const start = new Array(count);
  let missing = count;
  let all;
  const done = new Promise((resolve) => {
    all = resolve;
  });
  await rival.work((payload, at) => {
    start[payload.n] = now();
    due[payload.n] = at;
    if (--missing === 0) all();
  });
  await letGo({ ready: true });
  const began = now();
  for (let n = 0; n < count; n++) {
    const wait = (began + (n * 1e6) / rate - now()) / 1000;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    called[n] = now();
    rival.add({ n });
  }
  await done;
  const since = (from) => start.map((at, n) => Math.round(at - from[n]));
  say({ due: since(due), called: since(called) });
  await rival.stop();
}
