import type { BackendKind, Execution, Project } from '@/api/types'

export interface Pair {
  name: string
  value: string
}

/** An execution as it is edited: every field there, all numbers as they were typed. */
export interface ExecutionForm {
  /** Empty: the project's, else the hub's. */
  backend: BackendKind | ''
  command: string[]
  working_dir: string
  image: string
  url: string
  method: string
  payload: string
  env: Pair[]
  secrets: Pair[]
  cpus: string
  memory_mb: string
  pids: string
  timeout_seconds: string
  max_attempts: string
  priority: string
  idempotent: boolean
}

export type Shape = 'program' | 'container' | 'request' | 'remote'

/** What each kind of backend takes; it refuses the rest, so that is not sent. */
const SHAPES: Record<BackendKind, Shape> = {
  local: 'program', docker: 'container', k8s: 'container', webhook: 'request', serverless: 'request', ssh: 'remote',
}

export const METHODS = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'] as const

export function emptyExecution(): ExecutionForm {
  return {
    backend: '', command: [''], working_dir: '', image: '', url: '', method: '', payload: '', env: [], secrets: [], cpus: '', memory_mb: '',
    pids: '', timeout_seconds: '', max_attempts: '', priority: '', idempotent: false,
  }
}

const text = (value: string | number | null | undefined): string => (value === null || value === undefined ? '' : String(value))
const pairs = (values: Record<string, string> | undefined): Pair[] => Object.entries(values ?? {}).map(([name, value]) => ({ name, value }))

export function executionForm(execution: Execution | null): ExecutionForm {
  if (execution === null) return emptyExecution()
  const { limits, payload } = execution
  return {
    backend: execution.backend ?? '',
    command: execution.command?.length ? [...execution.command] : [''],
    working_dir: text(execution.working_dir),
    image: text(execution.image),
    url: text(execution.url),
    method: text(execution.method),
    payload: payload === undefined || payload === null ? '' : JSON.stringify(payload, null, 2),
    env: pairs(execution.env),
    secrets: pairs(execution.secrets),
    cpus: text(limits?.cpus),
    memory_mb: text(limits?.memory_mb),
    pids: text(limits?.pids),
    timeout_seconds: text(execution.timeout_seconds),
    max_attempts: text(execution.max_attempts),
    priority: execution.priority ? String(execution.priority) : '',
    idempotent: execution.idempotent ?? false,
  }
}

/** Which editor it takes: by its own backend, else the project's, else by what is filled in. */
export function shapeOf(form: ExecutionForm, project: Pick<Project, 'execution_backend'> | undefined): Shape {
  const backend = form.backend || project?.execution_backend
  if (backend) return SHAPES[backend]
  if (form.image) return 'container'
  return form.url ? 'request' : 'program'
}

/** By the API's path of the field. */
export type Faults = Record<string, string>

/** Keys of what is said of a wrong field. */
export const FAULT = {
  number: 'jobs.fault.number', whole: 'jobs.fault.whole', json: 'jobs.fault.json', secret: 'jobs.fault.secret', name: 'jobs.fault.name',
  twice: 'jobs.fault.twice',
} as const

/** `vault:mount/path#field`, or another source that the hub may have. */
export function isSecretReference(reference: string): boolean {
  if (reference.startsWith('vault:')) return /^vault:[^/#\s]+\/[^#\s]+#[^#\s]+$/.test(reference)
  return /^[a-z]+:\S+$/.test(reference)
}

function decimal(value: string, path: string, faults: Faults): number | undefined {
  if (value.trim() === '') return undefined
  const number = Number(value.trim().replace(',', '.'))
  if (Number.isFinite(number)) return number
  faults[path] = FAULT.number
  return undefined
}

function whole(value: string, path: string, faults: Faults): number | undefined {
  const number = decimal(value, path, faults)
  if (number === undefined || Number.isInteger(number)) return number
  faults[path] = FAULT.whole
  return undefined
}

function record(list: readonly Pair[], path: string, faults: Faults, check?: (value: string) => boolean): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { name, value } of list) {
    const key = name.trim()
    if (key === '' && value === '') continue
    const at = `${path}.${key}`
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) faults[at] = FAULT.name
    else if (Object.hasOwn(values, key)) faults[at] = FAULT.twice
    else if (check && !check(value)) faults[at] = FAULT.secret
    values[key] = value
  }
  return values
}

/** As it is sent: only what its shape uses, and nothing that was left empty. */
export function executionOf(form: ExecutionForm, shape: Shape): { execution: Execution; faults: Faults } {
  const faults: Faults = {}
  const execution: Execution = {}
  if (form.backend) execution.backend = form.backend
  if (shape !== 'request') {
    // Arguments may be empty, the last ones left over while typing are not meant.
    const command = [...form.command]
    while (command.length > 0 && command.at(-1) === '') command.pop()
    if (command.length > 0) execution.command = command
    if (form.working_dir.trim()) execution.working_dir = form.working_dir.trim()
  }
  if (shape === 'container') {
    if (form.image.trim()) execution.image = form.image.trim()
    const cpus = decimal(form.cpus, 'execution.limits.cpus', faults)
    const memory = whole(form.memory_mb, 'execution.limits.memory_mb', faults)
    const pids = whole(form.pids, 'execution.limits.pids', faults)
    if (cpus !== undefined || memory !== undefined || pids !== undefined) {
      execution.limits = {
        ...(cpus === undefined ? {} : { cpus }),
        ...(memory === undefined ? {} : { memory_mb: memory }),
        ...(pids === undefined ? {} : { pids }),
      }
    }
  }
  if (shape === 'request' || shape === 'remote') if (form.url.trim()) execution.url = form.url.trim()
  if (shape === 'request') {
    if (form.method) execution.method = form.method
    if (form.payload.trim()) {
      try {
        execution.payload = JSON.parse(form.payload) as unknown
      } catch {
        faults['execution.payload'] = FAULT.json
      }
    }
  }
  const env = record(form.env, 'execution.env', faults)
  if (Object.keys(env).length > 0) execution.env = env
  const secrets = record(form.secrets, 'execution.secrets', faults, isSecretReference)
  if (Object.keys(secrets).length > 0) execution.secrets = secrets
  const timeout = whole(form.timeout_seconds, 'execution.timeout_seconds', faults)
  if (timeout !== undefined) execution.timeout_seconds = timeout
  const attempts = whole(form.max_attempts, 'execution.max_attempts', faults)
  if (attempts !== undefined) execution.max_attempts = attempts
  const priority = whole(form.priority, 'execution.priority', faults)
  if (priority) execution.priority = priority
  if (form.idempotent) execution.idempotent = true
  return { execution, faults }
}
