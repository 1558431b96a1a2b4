// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { followLog, type LogEnd, type StreamState } from './stream'

const log = (id: number, text: string, stream = 'stdout') => `id: ${id}\nevent: log\ndata: ${JSON.stringify({ stream, at: '', text })}\n\n`
const END = `event: end\ndata: ${JSON.stringify({ status: 'succeeded', exit_code: 0, outcome: null })}\n\n`

/** A server that answers each connection with the next of these; a piece may be cut anywhere. */
function server(...connections: (string[] | Error | number)[]) {
  const asked: (string | null)[] = []
  const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    asked.push(new Headers(init.headers).get('Last-Event-ID'))
    const connection = connections.shift()
    if (connection === undefined || connection instanceof Error) throw connection ?? new TypeError('gone')
    if (typeof connection === 'number') {
      return new Response(JSON.stringify({ type: 'urn:uhub:problem:x', title: '', status: connection, detail: 'no' }), { status: connection })
    }
    const encoder = new TextEncoder()
    return new Response(new ReadableStream({
      start(controller) {
        for (const piece of connection) controller.enqueue(encoder.encode(piece))
        controller.close()
      },
    }))
  }
  return { fetch, asked }
}

async function follow(fetch: (url: string, init: RequestInit) => Promise<Response>) {
  let text = ''
  let end: LogEnd | null = null
  const states: StreamState[] = []
  await followLog('run', {
    chunk: (output, chunk) => (text += output === 'stdout' ? chunk : `[${chunk}]`),
    state: (state) => states.push(state),
    end: (ended) => (end = ended),
  }, new AbortController().signal, { fetch, pause: () => Promise.resolve() })
  return { text, end: end as LogEnd | null, states }
}

describe('followLog', () => {
  it('reads to the end', async () => {
    const { fetch, asked } = server([log(1, 'a\n'), log(2, 'é', 'stderr'), END])
    expect(await follow(fetch)).toEqual({
      text: 'a\n[é]',
      end: { status: 'succeeded', exit_code: 0, outcome: null },
      states: ['connecting', 'live', 'ended'],
    })
    expect(asked).toEqual([null])
  })

  it('goes on behind what it has seen, over breaks, refusals and repeats', async () => {
    const second = log(2, 'two ')
    const { fetch, asked } = server(
      [log(1, 'one '), second.slice(0, 20)],
      new TypeError('connection refused'),
      503,
      [log(1, 'one '), second, log(3, 'three ')],
      [log(4, 'four'), END],
    )
    const { text, states } = await follow(fetch)
    expect(text).toBe('one two three four')
    expect(asked).toEqual([null, '1', '1', '1', '3'])
    expect(states.filter((state) => state === 'lost')).toHaveLength(4)
    expect(states.at(-1)).toBe('ended')
  })

  it('has no connection while the page is away, and goes on behind what it has seen', async () => {
    const rest = server([log(2, 'two'), END])
    const asked: (string | null)[] = []
    let opened = () => {}
    const isOpen = new Promise<void>((done) => (opened = done))
    const followed = follow((url, init) => {
      asked.push(new Headers(init.headers).get('Last-Event-ID'))
      if (asked.length > 1) return rest.fetch(url, init)
      return Promise.resolve(new Response(new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(log(1, 'one ')))
          init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
          setTimeout(opened)
        },
      })))
    })
    await isOpen
    window.dispatchEvent(new Event('pagehide'))
    await new Promise((done) => setTimeout(done, 20))
    expect(asked).toEqual([null])
    window.dispatchEvent(new Event('pageshow'))
    const { text, states } = await followed
    expect(asked).toEqual([null, '1'])
    expect(text).toBe('one two')
    expect(states).toEqual(['connecting', 'live', 'connecting', 'live', 'ended'])
  })

  it('gives up where it is refused', async () => {
    const { fetch } = server(404)
    await expect(follow(fetch)).rejects.toMatchObject({ status: 404 })
  })
})
