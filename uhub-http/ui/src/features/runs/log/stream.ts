import { createParser } from 'eventsource-parser'
import { url } from '@/api/base'
import { authorizedFetch } from '@/api/client'
import { retryDelay } from '@/api/live'
import { asProblem, Problem, problemFrom } from '@/api/problem'
import type { RunStatus } from '@/api/types'
import type { Output } from './store'

export type StreamState = 'connecting' | 'live' | 'lost' | 'ended'

export interface LogEnd {
  status: RunStatus
  exit_code: number | null
  outcome: string | null
}

export interface LogListener {
  chunk: (output: Output, text: string) => void
  state: (state: StreamState) => void
  end: (end: LogEnd) => void
}

export interface StreamOptions {
  fetch?: (input: string, init: RequestInit) => Promise<Response>
  /** Waits before the nth attempt. */
  pause?: (attempt: number, signal: AbortSignal) => Promise<void>
  /** The server says something every 15 s: after so long without a word it is gone. */
  silenceMs?: number
}

const OUTPUTS: readonly Output[] = ['stdout', 'stderr', 'system']

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function parse(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function wait(attempt: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      window.removeEventListener('online', end)
      done()
    }
    const timer = setTimeout(end, retryDelay(attempt, Math.random()))
    signal.addEventListener('abort', end)
    window.addEventListener('online', end)
  })
}

/** Whether to ask again makes sense: not where the server says that it will not be answered. */
function isFinal(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 429
}

/**
 * Follows the log of a run to its end, over breaks of the connection and restarts of the server: events are numbered without a
 * gap, and each connection begins behind the last that was seen, so that nothing is missing and nothing comes twice. While the
 * browser keeps the page for its way back there is no connection: with an open one it may not keep it.
 *
 * @throws Problem where the log cannot be read at all
 */
export async function followLog(runId: string, listener: LogListener, signal: AbortSignal, options: StreamOptions = {}): Promise<void> {
  const { fetch = authorizedFetch, pause = wait, silenceMs = 45_000 } = options
  let seen = 0
  let attempt = 0
  let hasEnded = false
  let connection = new AbortController()
  /** Fulfilled once the page is shown again. */
  let shownAgain: Promise<void> | null = null

  function leave(): void {
    shownAgain = new Promise((done) => window.addEventListener('pageshow', () => done(), { once: true }))
    connection.abort()
  }

  const parser = () => createParser({
    onEvent: ({ id, event, data }) => {
      if (event === 'log') {
        const number = Number(id)
        if (!Number.isSafeInteger(number) || number <= seen) return
        seen = number
        const { stream, text } = parse(data)
        const output = OUTPUTS.find((one) => one === stream) ?? 'stdout'
        if (typeof text === 'string') listener.chunk(output, text)
      } else if (event === 'end') {
        hasEnded = true
        const { status, exit_code, outcome } = parse(data)
        listener.end({
          status: status as RunStatus,
          exit_code: typeof exit_code === 'number' ? exit_code : null,
          outcome: typeof outcome === 'string' ? outcome : null,
        })
      }
    },
  })

  async function once(): Promise<void> {
    const mine = (connection = new AbortController())
    const stop = () => mine.abort()
    signal.addEventListener('abort', stop)
    let silence = setTimeout(stop, silenceMs)
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (seen > 0) headers['Last-Event-ID'] = String(seen)
      const response = await fetch(url(`runs/${encodeURIComponent(runId)}/logs`), { headers, signal: mine.signal })
      if (!response.ok) throw problemFrom(response, await response.json().catch(() => null))
      if (response.body === null) return
      listener.state('live')
      const events = parser()
      const decoder = new TextDecoder()
      const reader = response.body.getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        attempt = 0
        clearTimeout(silence)
        silence = setTimeout(stop, silenceMs)
        events.feed(decoder.decode(value, { stream: true }))
        if (hasEnded) return void reader.cancel().catch(() => undefined)
      }
    } finally {
      clearTimeout(silence)
      signal.removeEventListener('abort', stop)
    }
  }

  window.addEventListener('pagehide', leave)
  try {
    listener.state('connecting')
    while (!signal.aborted) {
      try {
        await once()
      } catch (error) {
        if (signal.aborted) return
        const problem = asProblem(error)
        if (isFinal(problem)) throw problem
      }
      if (signal.aborted) return
      if (hasEnded) {
        listener.state('ended')
        return
      }
      if (shownAgain) {
        listener.state('connecting')
        await shownAgain
        shownAgain = null
        continue
      }
      listener.state('lost')
      await pause(attempt, signal)
      attempt += 1
    }
  } finally {
    window.removeEventListener('pagehide', leave)
  }
}
