// graphile-worker as its page on performance sets it up: https://worker.graphile.org/docs/performance
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { contend, micros } from "./contend.mjs";

const logger = new Logger(() => () => {});
const BATCH = 5000;

await contend((connectionString, setup) => {
  const preset = { worker: { connectionString, ...setup.worker } };
  const pool = new pg.Pool({ connectionString, max: 1 });
  let utils, runner;
  return {
    async prepare() {
      utils = await makeWorkerUtils({ preset, logger });
      await utils.migrate();
    },
    async enqueue(count) {
      for (let from = 0; from < count; from += BATCH) {
        const size = Math.min(BATCH, count - from);
        await utils.addJobs(Array.from({ length: size }, (_, n) => ({ identifier: "noop", payload: { n: from + n } })));
      }
    },
    async work(started) {
      const noop = (payload, { job }) => started(payload, micros(job.run_at));
      runner = await run({ preset, logger, noHandleSignals: true, taskList: { noop } });
    },
    async left() {
      const { rows } = await pool.query("SELECT count(*)::int AS count FROM graphile_worker._private_jobs");
      return rows[0].count;
    },
    add: (payload) => utils.addJob("noop", payload),
    async stop() {
      await runner.stop();
    },
  };
});
