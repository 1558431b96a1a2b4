import type { BackendKind, EnvironmentInput, Policy, PolicyInput, Project, Tier } from '@/api/types'
import { TIERS } from '@/api/types'

/** An environment while it is edited. */
export interface EnvironmentDraft {
  /** For lists that show it; the hub's id where it is there already. */
  key: string
  id: string | null
  name: string
  tier: Tier
  pool: string
}

/** The project's own greens, and others for who cannot tell those apart. */
export const SWATCHES = [
  '#00ff00', '#00cc88', '#66ffcc', '#33ff99', '#7c9cff', '#b78cff', '#ff8ac4', '#ff9f5a', '#ffd54a', '#5ad1ff',
] as const

let lastKey = 0

export function newEnvironment(name = '', tier: Tier = 'dev'): EnvironmentDraft {
  lastKey += 1
  return { key: `new-${lastKey}`, id: null, name, tier, pool: '' }
}

export function environmentDrafts(project: Project | null): EnvironmentDraft[] {
  if (project === null) return TIERS.map((tier) => newEnvironment(tier, tier))
  return project.environments.map(({ id, name, tier, pool }) => ({ key: id, id, name, tier, pool }))
}

/** As the API wants it: an empty pool is the environment's name. Left out, one that is there already would keep its pool. */
export function environmentInputs(drafts: readonly EnvironmentDraft[]): EnvironmentInput[] {
  return drafts.map((draft) => ({
    ...(draft.id === null ? {} : { id: draft.id }),
    name: draft.name.trim(),
    tier: draft.tier,
    pool: poolOf(draft),
  }))
}

const poolOf = ({ name, pool }: EnvironmentDraft) => pool.trim() || name.trim()

/** Whether any environment that is there already gets another pool: then other jobs collide. */
export function changesPools(drafts: readonly EnvironmentDraft[], project: Project): boolean {
  const pools = new Map(project.environments.map(({ id, pool }) => [id, pool]))
  return drafts.some((draft) => draft.id !== null && poolOf(draft) !== pools.get(draft.id))
}

/** Which of the drafts a problem's path means: `environments[1].name` → `['1', 'name']`. */
export function environmentField(path: string | undefined): { index: number; field: string } | null {
  const found = /^environments(?:\[(\d+)\]|\.(\d+))(?:\.(\w+))?$/.exec(path ?? '')
  return found ? { index: Number(found[1] ?? found[2]), field: found[3] ?? 'name' } : null
}

export interface PolicyDraft {
  prodChange: Policy['prod_change']
  onConflict: Record<Tier, 'warn' | 'block'>
  ttlHours: string
  /** `null`: whatever the hub allows. */
  backends: Record<Tier, BackendKind[] | null>
}

export function policyDraft(policy: Policy): PolicyDraft {
  return {
    prodChange: policy.prod_change,
    onConflict: { dev: 'warn', staging: 'warn', prod: 'warn', ...policy.on_conflict },
    ttlHours: String(Math.round((policy.approval_ttl_seconds / 3600) * 100) / 100),
    backends: {
      dev: policy.allowed_backends['dev'] ?? null,
      staging: policy.allowed_backends['staging'] ?? null,
      prod: policy.allowed_backends['prod'] ?? null,
    },
  }
}

export function policyInput(draft: PolicyDraft): PolicyInput {
  const hours = Number(draft.ttlHours.replace(',', '.'))
  return {
    prod_change: draft.prodChange,
    on_conflict: draft.onConflict,
    // What is no number is left to the server to refuse in its words.
    approval_ttl_seconds: Number.isFinite(hours) ? Math.round(hours * 3600) : 0,
    allowed_backends: draft.backends,
  }
}
