import { describe, expect, it, vi } from 'vitest'
import { createAuthorizedFetch } from './client'
import { createSession } from './session'

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })
const token = (name: string) => json(200, { access_token: name, token_type: 'bearer', expires_in: 900 })
const me = () => json(200, { id: 'u', username: 'demo-dev', permissions: { user_manage: 'deny', read: 'allow' } })
const refused = () => json(401, { type: 'urn:uhub:problem:unauthenticated', title: 'Sign in first', status: 401, detail: 'no' })

/** A server: answers by path, the last one again and again. */
function server(answers: Record<string, (() => Response)[]>) {
  return vi.fn((input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    const key = `${request.method} ${new URL(request.url).pathname}`
    const list = answers[key] ?? []
    const next = list.length > 1 ? list.shift() : list[0]
    if (!next) throw new Error(`not expected: ${key}`)
    return Promise.resolve(next())
  })
}

const trace = { who: () => 'u', set: () => undefined }

const signedIn = async (more: Record<string, (() => Response)[]>, now?: () => number) => {
  const send = server({ 'POST /auth/session': [() => token('t1'), () => token('t9')], 'GET /auth/me': [me], ...more })
  const session = createSession(send, { trace, ...(now ? { now } : {}) })
  await session.signIn('demo-dev', 'demo-dev')
  return { send, session, fetch: createAuthorizedFetch(session, send) }
}

describe('session', () => {
  it('restores from the cookie, or is signed out', async () => {
    const there = createSession(server({ 'POST /auth/refresh': [() => token('t')], 'GET /auth/me': [me] }), { trace })
    await there.restore()
    expect([there.state.value, there.may('read'), there.may('hub_manage')]).toEqual(['signed-in', 'allow', 'deny'])
    const gone = createSession(server({ 'POST /auth/refresh': [refused] }), { trace })
    await gone.restore()
    expect(gone.state.value).toBe('signed-out')
    const never = createSession(server({}), { trace: { ...trace, who: () => null } })
    await never.restore()
    expect(never.state.value).toBe('signed-out')
  })

  it('knows when somebody else came since, in this browser', async () => {
    let who: string | null = null
    const kept = { who: () => who, set: (id: string | null) => void (who = id) }
    const session = createSession(server({
      'POST /auth/session': [() => token('t')], 'GET /auth/me': [me], 'DELETE /auth/session': [() => new Response(null, { status: 204 })],
    }), { trace: kept })
    expect(session.isAnothers()).toBe(false)
    await session.signIn('demo-dev', 'demo-dev')
    expect([who, session.isAnothers()]).toEqual(['u', false])
    for (const other of ['v', null]) {
      who = other
      expect(session.isAnothers()).toBe(true)
    }
    await session.signOut()
    expect(session.isAnothers()).toBe(false)
  })

  it('says why somebody is not let in', async () => {
    const session = createSession(server({
      'POST /auth/session': [() => json(400, { error: 'invalid_grant', error_description: 'unknown user or wrong password' })],
    }), { trace })
    await expect(session.signIn('x', 'y')).rejects.toMatchObject({ kind: 'invalid_grant', sentence: 'Unknown user or wrong password.' })
    expect(session.state.value).toBe('unknown')
  })

  it('renews once for requests that fail together, and repeats them', async () => {
    const { send, fetch } = await signedIn({
      'POST /auth/refresh': [() => token('t2')],
      'POST /jobs': [refused, refused, () => json(201, {})],
    })
    const post = () => fetch('http://localhost/jobs', { method: 'POST', body: '{"a":1}' })
    const answers = await Promise.all([post(), post()])
    expect(answers.map((one) => one.status)).toEqual([201, 201])
    const addresses = send.mock.calls.map(([input]) => (input instanceof Request ? input.url : String(input)))
    expect(addresses.filter((one) => one.endsWith('/auth/refresh'))).toHaveLength(1)
  })

  it('renews before the end', async () => {
    let time = 0
    const { send, fetch } = await signedIn({ 'POST /auth/refresh': [() => token('t2')], 'GET /jobs': [() => json(200, {})] }, () => time)
    time = 890_000
    await fetch('http://localhost/jobs')
    const last = send.mock.lastCall?.[0] as Request
    expect(last.headers.get('Authorization')).toBe('Bearer t2')
  })

  it('waits for the password when the cookie has ended too, and loses nothing', async () => {
    const { session, fetch } = await signedIn({
      'POST /auth/refresh': [refused],
      'POST /jobs': [refused, () => json(201, {})],
    })
    const answer = fetch('http://localhost/jobs', { method: 'POST', body: '{"typed":"for an hour"}' })
    await vi.waitFor(() => expect(session.state.value).toBe('expired'))
    await session.signIn('demo-dev', 'demo-dev')
    expect((await answer).status).toBe(201)
  })

  it('gives up when the person does', async () => {
    const { session, fetch } = await signedIn({ 'POST /auth/refresh': [refused], 'GET /jobs': [refused] })
    const answer = fetch('http://localhost/jobs')
    await vi.waitFor(() => expect(session.state.value).toBe('expired'))
    session.abandon()
    expect((await answer).status).toBe(401)
    expect([session.state.value, session.me.value]).toEqual(['signed-out', null])
  })
})
