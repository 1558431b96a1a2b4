import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { url } from '../base'
import { problemFrom } from '../problem'
import type { Role } from '../types'
import { keys } from './keys'

export interface DemoAccount {
  username: string
  display_name: string
  role: Role
}

/** What anybody may know of this hub before signing in. */
export interface Hub {
  version: string
  time_zone: string
  needs_admin: boolean
  needs_bootstrap_token: boolean
  demo_accounts: DemoAccount[]
}

export async function readHub(): Promise<Hub> {
  const response = await fetch(url('hub'))
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw problemFrom(response, body)
  return body as Hub
}

export const hubQuery = { queryKey: keys.hub, queryFn: readHub, staleTime: Infinity }

export function useHub() {
  return useQuery(hubQuery)
}

/** The zone of the hub's days; the browser's until it is known. */
export function useHubZone() {
  const hub = useHub()
  return computed(() => hub.data.value?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
}
