"""procrastinate, which fetches and completes every job by itself: several workers, so that they share the commits."""

import asyncio
import logging

import procrastinate

from contend import contend, now

BATCH = 5000


class Procrastinate:
    def __init__(self, database, setup):
        self.setup, self.started = setup, None
        logging.disable(logging.WARNING)
        connector = procrastinate.PsycopgConnector(conninfo=database, max_size=setup["connections"])
        self.app = procrastinate.App(connector=connector)

        @self.app.task(name="noop")
        async def noop(n):
            self.started(n, now())

        self.noop = noop

    async def prepare(self):
        await self.app.open_async()
        await self.app.schema_manager.apply_schema_async()

    async def enqueue(self, count):
        for begin in range(0, count, BATCH):
            jobs = [{"n": n} for n in range(begin, min(begin + BATCH, count))]
            await self.noop.batch_defer_async(*jobs)

    async def work(self):
        async with asyncio.TaskGroup() as workers:
            for _ in range(self.setup["workers"]):
                worker = self.app.run_worker_async(
                    concurrency=self.setup["concurrency"],
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
                workers.create_task(worker)

    async def left(self):
        rows = await self.app.connector.execute_query_all_async("SELECT count(*) AS count FROM procrastinate_jobs")
        return rows[0]["count"]

    async def add(self, n):
        await self.noop.defer_async(n=n)


contend(Procrastinate)
