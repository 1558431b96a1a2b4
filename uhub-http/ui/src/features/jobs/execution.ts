import type { Execution } from '@/api/types'

/** One line of what is executed; `name` is the variable's, for `env` and `secrets`. */
export interface SpecRow {
  key: string
  field: string
  name?: string
  value: string
  /** For the eye: programs and data in the fixed font. */
  isCode: boolean
}

const SAFE = /^[\w@%+=:,./-]+$/

/** An argument as a shell would take it, so that borders between arguments are seen. Nothing here goes to a shell. */
export function quoted(argument: string): string {
  return SAFE.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}

const FIELDS = ['backend', 'image', 'command', 'working_dir', 'method', 'url', 'payload'] as const
const NUMBERS = ['timeout_seconds', 'max_attempts', 'priority'] as const
const LIMITS = ['cpus', 'memory_mb', 'pids'] as const

function valueOf(execution: Execution, field: (typeof FIELDS)[number]): string {
  const value = execution[field]
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(quoted).join(' ')
  return field === 'payload' ? JSON.stringify(value, null, 2) : String(value)
}

/** Everything that an execution says, in an order that reads well: nothing of it is left out. */
export function specRows(execution: Execution | null): SpecRow[] {
  if (execution === null) return []
  const rows: SpecRow[] = []
  const add = (field: string, value: string, isCode: boolean, name?: string) => {
    if (value !== '') rows.push({ key: name ? `${field}.${name}` : field, field, value, isCode, ...(name ? { name } : {}) })
  }
  for (const field of FIELDS) add(field, valueOf(execution, field), field !== 'backend')
  for (const field of ['env', 'secrets'] as const) {
    for (const [name, value] of Object.entries(execution[field] ?? {})) {
      rows.push({ key: `${field}.${name}`, field, name, value, isCode: true })
    }
  }
  for (const field of LIMITS) add(field, String(execution.limits?.[field] ?? ''), false)
  for (const field of NUMBERS) add(field, execution[field] ? String(execution[field]) : '', false)
  if (execution.idempotent) add('idempotent', 'true', false)
  return rows
}
