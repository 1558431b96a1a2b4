import type { components } from '@/api/schema'

type BackendConfig = components['schemas']['BackendConfig']

/** What a project may limit of its runs, by the API's names. */
export const LIMITS = ['timeout_seconds', 'max_attempts', 'max_concurrent', 'cpus', 'memory_mb', 'pids'] as const
export type Limit = (typeof LIMITS)[number]
export type LimitDrafts = Record<Limit, string>

export function limitDrafts(config: BackendConfig | null): LimitDrafts {
  return Object.fromEntries(LIMITS.map((limit) => [limit, config?.[limit] == null ? '' : String(config[limit])])) as LimitDrafts
}

/** The configuration with these limits; what else is in it stays. Nothing at all is `null`. */
export function limitInput(config: BackendConfig | null, drafts: LimitDrafts): BackendConfig | null {
  const next: BackendConfig = { ...config }
  for (const limit of LIMITS) {
    const text = drafts[limit].trim().replace(',', '.')
    if (text === '') delete next[limit]
    // What is no number becomes one that the server refuses in its words.
    else next[limit] = Number.isFinite(Number(text)) ? Number(text) : -1
  }
  return Object.keys(next).length === 0 ? null : next
}
