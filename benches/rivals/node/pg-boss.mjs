// pg-boss: batches, and the next one at once while they come back full; LISTEN/NOTIFY to be woken.
import { PgBoss } from "pg-boss";
import { contend, micros } from "./contend.mjs";

const NAME = "noop";
const BATCH = 5000;

await contend((connectionString, { worker }) => {
  const boss = new PgBoss({ connectionString, useListenNotify: true });
  boss.on("error", (error) => console.error(error));
  return {
    async prepare() {
      await boss.start();
      await boss.createQueue(NAME, { notify: true });
    },
    async enqueue(count) {
      for (let from = 0; from < count; from += BATCH) {
        const size = Math.min(BATCH, count - from);
        await boss.insert(NAME, Array.from({ length: size }, (_, n) => ({ data: { n: from + n } })));
      }
    },
    async work(started) {
      await boss.work(NAME, { includeMetadata: true, ...worker }, async (jobs) => {
        for (const job of jobs) started(job.data, micros(job.startAfter));
      });
    },
    async left() {
      const { rows } = await boss.getDb().executeSql(
        "SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'noop' AND state < 'completed'",
      );
      return rows[0].count;
    },
    add: (data) => boss.send(NAME, data),
    stop: () => boss.stop({ graceful: false }),
  };
});
