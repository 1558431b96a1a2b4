import { EventSourceParserStream } from 'eventsource-parser/stream'
import { readonly, ref, watch } from 'vue'
import type { QueryClient } from '@tanstack/vue-query'
import { url } from './base'
import { authorizedFetch } from './client'
import { keys, touchedBy, type Aggregate } from './queries/keys'
import { session } from './session'

export type LiveState = 'off' | 'connecting' | 'live' | 'lost'

export interface Change {
  /** `job`, `run`, `approval`, `project`, `user`, `freeze`, `conflict` */
  topic: string
  id: string
}

/** A burst of changes is one refetch. */
const GATHER_MS = 120
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15_000] as const

const state = ref<LiveState>('off')
const listeners = new Set<(change: Change) => void>()

export const liveState = readonly(state)

/** Calls for every change that the hub tells of. @returns what ends it */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** How long to wait before the nth attempt, so that a thousand browsers do not come back at once. */
export function retryDelay(attempt: number, random: number): number {
  const base = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 15_000
  return Math.round(base * (0.75 + random / 2))
}

/** Gathers what is old, and tells it once. */
export function createGatherer(flush: (aggregates: ReadonlySet<Aggregate>) => void, delay = GATHER_MS) {
  let old = new Set<Aggregate>()
  let timer: ReturnType<typeof setTimeout> | null = null
  return (topic: string): void => {
    for (const one of touchedBy[topic] ?? []) old.add(one)
    if (old.size === 0 || timer !== null) return
    timer = setTimeout(() => {
      const all = old
      old = new Set()
      timer = null
      flush(all)
    }, delay)
  }
}

async function follow(stream: ReadableStream<Uint8Array>, tell: (event: string, data: string) => void): Promise<void> {
  const events = stream
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  for (;;) {
    const { done, value } = await events.read()
    if (done) return
    tell(value.event ?? 'message', value.data)
  }
}

function idOf(data: string): string | null {
  try {
    const body: unknown = JSON.parse(data)
    if (typeof body !== 'object' || body === null || !('id' in body)) return null
    return typeof body.id === 'string' ? body.id : null
  } catch {
    return null
  }
}

/**
 * Keeps what is shown true while others work. The stream has no memory: it begins with `reset`, which says that everything may
 * have changed, so after a break all is read again and nothing is missed.
 */
export function startLive(client: QueryClient): () => void {
  let stop = new AbortController()
  const gather = createGatherer((aggregates) => {
    for (const one of aggregates) void client.invalidateQueries({ queryKey: keys[one] })
  })

  async function run(signal: AbortSignal, isFirst = true): Promise<void> {
    let attempt = 0
    while (!signal.aborted) {
      state.value = attempt === 0 ? 'connecting' : 'lost'
      try {
        const response = await authorizedFetch(url('events'), { headers: { Accept: 'text/event-stream' }, signal })
        if (response.ok && response.body) {
          await follow(response.body, (event, data) => {
            state.value = 'live'
            attempt = 0
            if (event === 'reset') {
              // What is on the screen at the very first was read a moment ago.
              if (!isFirst) void client.invalidateQueries()
              isFirst = false
              return
            }
            gather(event)
            const id = idOf(data)
            if (id) for (const listener of listeners) listener({ topic: event, id })
          })
        }
      } catch {
        // The network or the server went away: below it is tried again.
      }
      if (signal.aborted) break
      await pause(retryDelay(attempt, Math.random()), signal)
      attempt += 1
    }
    state.value = 'off'
  }

  const isSignedIn = () => session.state.value === 'signed-in' || session.state.value === 'expired'
  function begin(isFirst: boolean): void {
    stop.abort()
    if (!isSignedIn()) return
    stop = new AbortController()
    void run(stop.signal, isFirst)
  }
  // A page with an open connection is not kept for the browser's way back. What has changed meanwhile is read again.
  const leave = () => stop.abort()
  const comeBack = (event: PageTransitionEvent) => event.persisted && begin(false)

  const unwatch = watch(isSignedIn, () => begin(true), { immediate: true })
  window.addEventListener('pagehide', leave)
  window.addEventListener('pageshow', comeBack)
  return () => {
    unwatch()
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('pageshow', comeBack)
    stop.abort()
  }
}

/** Waits; not longer than until the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      window.removeEventListener('online', end)
      done()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    window.addEventListener('online', end)
  })
}
