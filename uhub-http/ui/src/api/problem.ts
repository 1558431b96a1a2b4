import type { components } from './schema'

export type ProblemBody = components['schemas']['Problem']

/** What went wrong, in one shape: the server's problem+json, the token endpoint's errors, and no answer at all. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly body: ProblemBody,
    /** Seconds to wait, where a wait helps. */
    readonly retryAfter: number | null = null,
  ) {
    super(body.detail || body.title)
  }

  get status(): number {
    return this.body.status
  }

  /** `denied`, `stale`, `slot_taken`, …; `offline` where no answer came. */
  get kind(): string {
    return this.body.type.replace(/^urn:uhub:problem:/, '')
  }

  get rule(): string | undefined {
    return this.body.rule
  }

  /** Which field of the input is wrong, as a path (`execution.command`). */
  get field(): string | undefined {
    return this.body.field || undefined
  }

  get conflicts(): string[] {
    return this.body.conflicts ?? []
  }

  get isOffline(): boolean {
    return this.kind === 'offline'
  }

  /** Somebody changed it since it was read. */
  get isStale(): boolean {
    return this.status === 412
  }

  /** What to show to people: the rule's own words, with a capital and a full stop, without the field's path in front. */
  get sentence(): string {
    const { detail, title, field } = this.body
    const words = field && detail.startsWith(`${field}: `) ? detail.slice(field.length + 2) : detail || title
    return sentence(words)
  }
}

export function sentence(words: string): string {
  const trimmed = words.trim()
  const [first = '', ...rest] = [...trimmed]
  const end = /[.!?…]$/.test(trimmed) ? '' : '.'
  return trimmed ? first.toLocaleUpperCase() + rest.join('') + end : ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isProblemBody(value: unknown): value is ProblemBody {
  return isRecord(value) && typeof value['type'] === 'string' && typeof value['status'] === 'number'
}

/** The problem in an answer's body, whatever the body is. */
export function problemFrom(response: Pick<Response, 'status' | 'statusText' | 'headers'>, body: unknown): Problem {
  const seconds = Number(response.headers.get('Retry-After'))
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds : null
  if (isProblemBody(body)) return new Problem(body, wait)
  if (isRecord(body) && typeof body['error'] === 'string') {
    const detail = typeof body['error_description'] === 'string' ? body['error_description'] : body['error']
    return new Problem({ type: `urn:uhub:problem:${body['error']}`, title: body['error'], status: response.status, detail }, wait)
  }
  const title = response.statusText || `HTTP ${response.status}`
  return new Problem({ type: 'urn:uhub:problem:unknown', title, status: response.status, detail: title }, wait)
}

/** From whatever was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const detail = error instanceof Error ? error.message : String(error)
  // fetch rejects with a TypeError where there is no answer.
  const kind = error instanceof TypeError ? 'offline' : 'unknown'
  return new Problem({ type: `urn:uhub:problem:${kind}`, title: detail, status: 0, detail })
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

export interface FormErrors<Field extends string> {
  /** By field of the form. */
  fields: Partial<Record<Field, string>>
  /** What belongs to none of them. */
  general: string | null
}

/**
 * Where a form shows a problem. `known` are its fields, by the API's names; a path goes to the longest of them that it begins
 * with, so `execution.command[0]` ends at `execution.command` or else at `execution`.
 */
export function formErrors<Field extends string>(problem: Problem, known: readonly Field[]): FormErrors<Field> {
  const path = problem.field
  const field = path === undefined
    ? undefined
    : [...known]
        .sort((a, b) => b.length - a.length)
        .find((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
  if (field === undefined) return { fields: {}, general: problem.sentence }
  return { fields: { [field]: problem.sentence } as Partial<Record<Field, string>>, general: null }
}
