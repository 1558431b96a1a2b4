"""pgqueuer over a pool of asyncpg."""

from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgPoolDriver, PgQueuer, Queries

from contend import contend, micros

BATCH = 5000


class Pgqueuer:
    def __init__(self, database, setup):
        self.database, self.setup, self.started = database, setup, None

    async def prepare(self):
        self.pool = await asyncpg.create_pool(self.database, min_size=2, max_size=self.setup["connections"])
        self.queries = Queries(AsyncpgPoolDriver(self.pool))
        await self.queries.install()

    async def enqueue(self, count):
        for begin in range(0, count, BATCH):
            ns = range(begin, min(begin + BATCH, count))
            await self.queries.enqueue(["noop"] * len(ns), [str(n).encode() for n in ns], [0] * len(ns))

    async def work(self):
        pgq = PgQueuer.from_asyncpg_pool(self.pool)

        @pgq.entrypoint("noop")
        async def noop(job):
            self.started(int(job.payload), micros(job.execute_after))

        await pgq.run(dequeue_timeout=timedelta(seconds=30), batch_size=self.setup["batch_size"])

    async def left(self):
        return await self.pool.fetchval("SELECT count(*) FROM pgqueuer")

    async def add(self, n):
        await self.queries.enqueue("noop", str(n).encode())


contend(Pgqueuer)
